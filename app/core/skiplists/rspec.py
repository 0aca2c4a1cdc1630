"""A Ruby file for `rspec --require`: the named examples are skipped before any of their hooks runs.

The names are compared as rspec_junit_formatter and RSpec's own JSON make them: the file with dots, the full description.
"""

from collections.abc import Sequence

from app.core.skiplists.names import comments, named
from app.core.skiplists.placeholders import expression, has_placeholder
from app.core.skiplists.values import Format, QuarantinedTest, SkipList, Unsayable

_HEAD = "# encoding: utf-8\n# FlakeGuard: tests that are quarantined, for rspec --require"
_SCRIPT = r"""
module FlakeGuardQuarantine
  def self.why(metadata)
    name = folded(metadata[:full_description])
    file = metadata[:rerun_file_path].to_s
    modules = [/\.[^\/.]{1,20}\z/, /\.[^\/]*\z/].map { |ending| file.sub(ending, '').tr('/', '.').gsub(/\A\.+|\.+\z/, '') }
    key = modules.map { |dotted| [dotted, name] }.find { |pair| NAMED.key?(pair) }
    return NAMED[key] if key
    _, reason = LIKE.find { |pattern, _| modules.any? { |dotted| pattern.match?("#{dotted}\n#{name}") } }
    reason
  end

  def self.folded(text)
    text.to_s.encode('UTF-8').unicode_normalize(:nfc).gsub(/[[:space:]]+/, ' ').strip
  rescue EncodingError, ArgumentError
    text.to_s
  end
end

RSpec.configure do |config|
  config.define_derived_metadata do |metadata|
    next unless metadata.key?(:execution_result)
    why = FlakeGuardQuarantine.why(metadata)
    metadata[:skip] = why if why
  end
end
"""


def skip_list(tests: Sequence[QuarantinedTest]) -> SkipList:
    """Return the Ruby source."""
    entries, refused = named(Format.RSPEC, tests, _entry)
    exact = [f"    {text} => {quoted(test.why)}," for text, test in entries if text.startswith("[")]
    like = [f"    [{text}, {quoted(test.why)}]," for text, test in entries if not text.startswith("[")]
    lists = (
        "module FlakeGuardQuarantine",
        "  NAMED = {",
        *exact,
        "  }.freeze",
        "  LIKE = [",
        *like,
        "  ].freeze",
        "end",
    )
    text = "\n".join((_HEAD, *comments("#", refused), *lists, _SCRIPT.rstrip("\n"))) + "\n"
    return SkipList(text=text, media_type="text/plain", refused=refused)


def quoted(text: str) -> str:
    """Return a Ruby string of the text: between single quotes only the quote and the backslash mean anything."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _entry(test: QuarantinedTest) -> str:
    """Return the pair of names, or the expression for both where one of them has a placeholder."""
    class_name = test.classname or (test.file or "").removesuffix(".rb").replace("/", ".").strip(".")
    if not class_name:
        raise Unsayable("its file is not known")
    if has_placeholder(class_name) or has_placeholder(test.name):
        both = rf"\A{expression(class_name)}\n{expression(test.name)}\z"
        return f"Regexp.new({quoted(both)})"
    return f"[{quoted(class_name)}, {quoted(test.name)}]"
