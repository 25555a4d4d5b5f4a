"""The user study of Sec. 5.2: which pictures people take for real, and whose they like best."""

from .folder import Study, read_study
from .questions import Question, questions_of
from .summary import summarise, summary_table
from .votes import Votes

__all__ = ["Question", "Study", "Votes", "questions_of", "read_study", "summarise", "summary_table"]
