"""MiniStack, which refuses a stack that has a saved query: here such a one is taken, and nothing made of it."""

import runpy

from ministack.services.cloudformation import provisioners


def accept(logical_id, props, stack_name):
    return f"{stack_name}-{logical_id}", {}


provisioners._RESOURCE_HANDLERS.setdefault(
    "AWS::Logs::QueryDefinition", {"create": accept, "delete": lambda physical_id, props: None}
)
runpy.run_module("ministack", run_name="__main__")
