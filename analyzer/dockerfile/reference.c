#include "analyzer/dockerfile/reference.h"
