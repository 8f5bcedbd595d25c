"""Codes JB08xx: a template for Heat, whoever wrote it."""

from __future__ import annotations

from jeroboam.diagnostics.entry import Code, Severity

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE

LINT: dict[str, Code] = {
    # JB080x and JB081x: the shape of a template
    "JB0801": Code(E, "not YAML for Heat", "not YAML: {problem}", "{advice}"),
    "JB0802": Code(E, "not a HOT", "'{path}' is not a Heat Orchestration Template: {why}", "{advice}"),
    "JB0803": Code(
        E,
        "unknown template version",
        "heat knows no heat_template_version '{version}'",
        "these are known: {known}",
    ),
    "JB0804": Code(
        W,
        "key given twice",
        "'{name}' is given twice; Heat takes the last and drops the first",
        "remove one of them",
    ),
    "JB0805": Code(
        E, "unknown section", "'{name}' is no section of a template of version {version}", "{advice}"
    ),
    "JB0806": Code(
        E,
        "wrong shape",
        "expected {expected} as {what}, found {found}",
        "Heat refuses the template: write {expected}",
    ),
    "JB0807": Code(E, "unknown key", "'{name}' is no key of {what} in version {version}", "{advice}"),
    "JB0808": Code(E, "missing key", "{what} lacks '{name}'", "add it: Heat refuses the template without it"),
    "JB0809": Code(
        E, "unknown deletion policy", "'{value}' is no deletion policy of {what}", "use one of: {known}"
    ),
    "JB0810": Code(
        W,
        "key of an output that Heat passes over",
        "'{name}' is no key of an output in version {version}, and Heat does nothing with it",
        "{advice}; a stack that nests this template is refused",
    ),
    "JB0811": Code(
        E,
        "function in the place of properties",
        "'{function}' stands for the whole of '{key}', which Heat wants written out",
        "write the mapping, and the function at each entry that needs it: 'NAME: {{{function}: …}}'",
    ),
    # JB082x: resources
    "JB0820": Code(E, "unknown resource type", "heat has no resource type '{name}'", "{advice}"),
    "JB0821": Code(
        W,
        "resource type that goes or is gone",
        "the resource type '{name}' is {status} in Heat {version}",
        "look for its successor: openstack orchestration resource type list",
    ),
    "JB0822": Code(E, "unknown property of a resource", "{type} has no property '{name}'", "{advice}"),
    "JB0823": Code(E, "missing property of a resource", "{type} needs the property '{name}'", "add '{name}'"),
    "JB0824": Code(E, "value of another type", "expected {expected} as '{name}', found {found}", "{advice}"),
    "JB0825": Code(E, "value not allowed", "'{name}' cannot be {value}: {why}", "{advice}"),
    # JB083x: references
    "JB0830": Code(E, "no such resource", "there is no resource '{name}'", "{advice}"),
    "JB0831": Code(E, "no such parameter", "there is no parameter '{name}'", "{advice}"),
    "JB0832": Code(E, "no such attribute", "'{resource}' ({type}) has no attribute '{name}'", "{advice}"),
    "JB0833": Code(E, "no such condition", "there is no condition '{name}'", "{advice}"),
    "JB0834": Code(E, "circle of references", "{names} need one another", "remove one of these references"),
    "JB0835": Code(
        W, "unused parameter", "nothing reads the parameter '{name}'", "remove it, or read it with get_param"
    ),
    "JB0836": Code(
        W,
        "unused condition",
        "nothing asks the condition '{name}'",
        "remove it, or ask it with 'condition' or 'if'",
    ),
    "JB0837": Code(
        E,
        "name of two things",
        "'{name}' is a parameter and a resource",
        "rename one of them: Heat refuses a template with both",
    ),
    "JB0839": Code(
        W,
        "name that Heat looks up too late",
        "there is no {what} '{name}'; Heat notices when it is asked for this value, and has none",
        "{advice}",
    ),
    "JB0838": Code(E, "bad parameter group", "{problem}", "{advice}"),
    # JB084x: functions
    "JB0840": Code(
        E, "function that the version lacks", "version {version} has no function '{name}'", "{advice}"
    ),
    "JB0841": Code(
        W,
        "function of a later version as plain data",
        "version {version} has no function '{name}', so Heat takes this for plain data",
        "{advice}",
    ),
    "JB0842": Code(E, "wrong arguments of a function", "'{name}' takes {expected}", "{advice}"),
    "JB0843": Code(
        E,
        "function that no condition can have",
        "'{name}' cannot be in a condition",
        "conditions can have: {known}",
    ),
    "JB0844": Code(
        W,
        "misspelt function as plain data",
        "there is no function '{name}', so Heat takes this for plain data",
        "{advice}",
    ),
    # JB085x: parameters
    "JB0850": Code(E, "bad default", "the default of '{name}' is {problem}", "{advice}"),
    "JB0851": Code(E, "bad constraint", "{problem}", "{advice}"),
    # JB086x: secrets
    "JB0860": Code(
        W,
        "secret as a default",
        "the default of '{name}' is a secret for everybody to read",
        "remove the default, set 'hidden: true', and give the value in an environment file",
        security=True,
    ),
    "JB0861": Code(
        W,
        "secret in the template",
        "the value of '{name}' is a secret for everybody to read",
        "make it a parameter with 'hidden: true' and no default, or generate it: OS::Heat::RandomString",
        security=True,
    ),
    # JB087x: limits of Heat
    "JB0870": Code(
        E,
        "template over Heat's default size",
        "the template has {size} characters as Heat counts them; Heat accepts {limit} by default",
        "move parts into nested templates, or large texts out of it",
    ),
    "JB0871": Code(
        E,
        "more resources than Heat's default",
        "the template and what it nests have {count} resources; Heat accepts {limit} by default",
        "split it into several stacks, or check max_resources_per_stack in your cloud's heat.conf",
    ),
    "JB0872": Code(
        E,
        "nested too deep",
        "templates are nested {depth} deep here; Heat accepts {limit} by default",
        "nest less deeply; a template that nests itself never ends",
    ),
    # JB088x: what services refuse
    "JB0880": Code(
        E,
        "user data over Nova's limit in a template",
        "user data has {size} characters of base64 or more; Nova accepts {limit} at most",
        "let the server download the rest",
    ),
    "JB0881": Code(E, "rule that Neutron refuses", "neutron refuses the rule: {problem}", "{advice}"),
    "JB0882": Code(
        E,
        "rule given twice",
        "neutron counts this rule and another as one, and refuses the second",
        "remove one of them",
    ),
    "JB0883": Code(E, "text that Nova refuses", "nova refuses {what}", "{advice}"),
    # JB089x: environments
    "JB0890": Code(E, "not an environment", "'{path}' is not an environment of Heat: {why}", "{advice}"),
}
