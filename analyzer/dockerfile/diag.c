#include "analyzer/dockerfile/diag.h"
