"""Any template for Heat -> what Heat and the services behind it would refuse of it, offline.

schemas      heat.json            -> what Heat knows: types, versions with their functions, constraints
template     a text               -> a template with the place of every value
definitions  its sections         -> what is no section, no key, or of another shape
parameters   its parameters       -> bad types, constraints, defaults and groups
calls        a value              -> the functions in it; functions judges their arguments
folding      a value              -> what it is for certain: constants are computed, the rest has a kind
parts        a value              -> the literal items of lists that functions make, and branches of an `if`
values       properties, a schema -> unknown and missing ones, and values that the schema refuses
references   names                -> those that nothing has, that nothing reads, and circles
secrets, services, limits         -> secrets in clear, what Nova and Neutron refuse, what is too large
registry     environments         -> what a resource type stands for; nested templates are types
check        all of this, over a template and what it nests
"""

from jeroboam.lint.check import lint_hot

__all__ = ["lint_hot"]
