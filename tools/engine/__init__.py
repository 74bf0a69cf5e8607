"""THE SPINE: state, decision, and the one straight line of calls between them."""

from tools.engine.config import ChainConfig
from tools.engine.frame import Frame
from tools.engine.pipeline import Pipeline
from tools.engine.sight import Sight
from tools.engine.stance import Stance, same_stance
from tools.engine.state import StateEngine

__all__ = ["ChainConfig", "Frame", "Pipeline", "Sight", "Stance", "StateEngine", "same_stance"]
