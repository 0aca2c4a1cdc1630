"""What each grade of evidence means, in the words that people read: a test ..."""

from app.core.model import Grade

GRADES = {
    Grade.E1: "failed and passed within one attempt",
    Grade.E2: "failed and passed on the same code",
    Grade.E3: "failed and passed on equal trees",
    Grade.E4: "failed between two passes",
    Grade.E5: "failed on a pull request, between passes",
}
