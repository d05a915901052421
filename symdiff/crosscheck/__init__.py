"""Where to look, how near is near enough, who is guilty, and the verdict."""

from symdiff.crosscheck.check import assert_agree, crosscheck
from symdiff.crosscheck.report import Finding, Lamp, Report
from symdiff.crosscheck.verdict import Verdict

__all__ = ["Finding", "Lamp", "Report", "Verdict", "assert_agree", "crosscheck"]
