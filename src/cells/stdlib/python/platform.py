def system(): return 'Linux'
def node(): return 'cell'
def release(): return ''
def version(): return ''
def machine(): return 'x86_64'
def processor(): return ''
def platform(aliased=False, terse=False): return 'Linux'
def python_version(): return '3.11.2'
def python_version_tuple(): return ('3', '11', '2')
def python_implementation(): return 'CPython'
def architecture(executable=None): return ('64bit', 'ELF')


def uname():
    from collections import namedtuple
    return namedtuple('uname_result', 'system node release version machine')('Linux', 'cell', '', '', 'x86_64')
