"""Why a stack failed or does not move: what every service knows of it, and the first cause."""

from jeroboam.deploy.diagnosis.gather import evidence
from jeroboam.deploy.diagnosis.judge import diagnosis
from jeroboam.deploy.diagnosis.types import Diagnosis, Evidence, Verdict

__all__ = ["Diagnosis", "Evidence", "Verdict", "diagnosis", "evidence"]
