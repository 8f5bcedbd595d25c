"""What a changed property does to a cluster that lives.

record     a resolved spec   -> its properties with their values, as a template keeps them
effects    the schema        -> what a change of each property does, to which nodes
compare    two records       -> the changes from one to the other
rules      a change          -> its effect, where that depends on the values
"""
