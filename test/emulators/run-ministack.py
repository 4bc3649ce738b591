"""MiniStack, but for three things.

It refuses a stack that has a saved query: here such a one is taken, and nothing made of it.

It refuses one that has an alarm on metric math, too: here such an alarm is on the first of its metrics alone.

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
record_of_alarm = provisioners._cw_metric_alarm_record


def record_of_any_alarm(name, props):
    try:
        return record_of_alarm(name, props)
    except ValueError:
        stat = next((part["MetricStat"] for part in props.get("Metrics") or [] if "MetricStat" in part), None)
        if stat is None:
            raise
        plain = {key: value for key, value in props.items() if key != "Metrics"}
        return record_of_alarm(name, {**plain, **stat["Metric"], "Period": stat["Period"], "Statistic": stat["Stat"]})


provisioners._cw_metric_alarm_record = record_of_any_alarm
runpy.run_module("ministack", run_name="__main__")
