"""RSpec leaves out the examples that the list names, and no other."""

import json
import shutil

import pytest

from app.core.skiplists import Format, quarantine_for
from tests.skiplists_run.proof import HOSTILE, Project, assert_halves, changing, keys, names, quarantined

pytestmark = [pytest.mark.long, pytest.mark.skipif(shutil.which("rspec") is None, reason="there is no rspec")]

SPEC = """
require 'json'
NAMES_%(number)s = JSON.parse(File.read(File.expand_path('../names.json', __dir__)))
RSpec.describe 'Cart' do
  before(:each) { |example| raise 'a hook ran' if example.metadata[:skip] }
  NAMES_%(number)s.each { |name| it(name) {} }
  describe('nested  #deep') { NAMES_%(number)s.first(9).each { |name| it(name) {} } }
end
RSpec.describe('Cart nested') { it('#deep b') {} }
RSpec.shared_examples('shared %(number)s') { it('is shared') {} }
"""
# `bundle exec` needs a Gemfile and finds Debian's gems without one.
INSTEAD = ("bundle exec rspec", "rspec --order defined --format json --out report.json")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "spec").mkdir()
    for number, name in enumerate(("cart_spec", "cart.two_spec")):
        (tmp_path / "spec" / f"{name}.rb").write_text(SPEC % {"number": number})
    including = "".join(f"RSpec.describe('Including') {{ include_examples('shared {n}') }}\n" for n in range(2))
    (tmp_path / "spec" / "including_spec.rb").write_text(
        f"require_relative 'cart_spec'\nrequire_relative 'cart.two_spec'\n{including}"
    )
    return Project(tmp_path, Format.RSPEC, "report.json")


def set_names(project, given):
    (project.folder / "names.json").write_text(json.dumps(given))


def test_rspec_skips_exactly_the_named_examples(project):
    set_names(project, HOSTILE)
    every = project.run(INSTEAD[1])
    assert len(every) > 2 * len(HOSTILE)
    assert_halves(project, every, instead=INSTEAD)
    assert len(quarantine_for(Format.RSPEC, quarantined(every)).refused) == 4


def test_rspec_skips_an_example_whose_name_changes_from_run_to_run(project):
    set_names(project, [*changing(1), "port 80", "localhost:1"])
    every = project.run(INSTEAD[1])
    changed = [test for test in quarantined(every) if "<" in test.name]
    set_names(project, [*changing(2), "port 80", "localhost:1"])
    ran = project.run_without(changed, instead=INSTEAD)
    assert len(changed) == 12
    assert keys(ran) == keys(every) - names(Format.RSPEC, changed)
