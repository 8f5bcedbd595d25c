echo no interpreter
