#include "analyzer/dockerfile/expand.h"
