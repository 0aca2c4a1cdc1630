"""Sample data: six weeks of CI of three repositories, the same every time, judged by the code that judges real ones."""
