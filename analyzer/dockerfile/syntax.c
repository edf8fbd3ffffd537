#include "analyzer/dockerfile/syntax.h"
