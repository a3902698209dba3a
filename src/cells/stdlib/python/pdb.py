"""There is nobody at the other end who could answer a debugger."""


def _refused(*args, **kwargs):
    raise NotImplementedError('a cell runs to its end: there is no debugger that could ask')


set_trace = post_mortem = pm = run = runcall = _refused
