"""Operations of GraphQL, compiled: graphql-core's answers at the price of hand-written code. The README beside this file says how."""

from gateway.compiled.executor import Executor
from gateway.compiled.operation import Compiled, Refused, compile  # noqa: A004 - `compiled.compile`, as `re.compile`
from gateway.compiled.reading import BRINGS, READS, SHOWN

__all__ = ["BRINGS", "READS", "SHOWN", "Compiled", "Executor", "Refused", "compile"]
