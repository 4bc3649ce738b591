"""MiniStack, but for two things.

It refuses a stack that has a saved query: here such a one is taken, and nothing made of it.

It waits 50 ms for what a function has logged, and leaves what comes later to the function's next call: on a busy
machine a line that a test waits for. Every function of ours logs a line, so that here it is waited for.
"""

import runpy

from ministack.core import lambda_runtime
from ministack.services.cloudformation import provisioners

# In seconds: until the first line, from one to the next, and for all of them.
lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (2.0, 0.02, 3.0)


def accept(logical_id, props, stack_name):
    return f"{stack_name}-{logical_id}", {}


provisioners._RESOURCE_HANDLERS.setdefault(
    "AWS::Logs::QueryDefinition", {"create": accept, "delete": lambda physical_id, props: None}
)
runpy.run_module("ministack", run_name="__main__")
