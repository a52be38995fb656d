"""From the frames of a series to its stacks: pure, and the same for any order of arrival."""

from viewer.stacking.plan import plan_stacks
from viewer.stacking.types import PlannedFrame, StackPlan, StackWarning

__all__ = ["PlannedFrame", "StackPlan", "StackWarning", "plan_stacks"]
