#include "analyzer/dockerfile/shell.h"
