"""What moved between Python 2 and 3, where it is in Python 3."""
import builtins
import pickle as cPickle
import io
import itertools
from functools import reduce
from itertools import filterfalse, zip_longest

range = xrange = builtins.range
zip = builtins.zip
map = builtins.map
filter = builtins.filter
StringIO = cStringIO = io.StringIO
EOL = '\n'
