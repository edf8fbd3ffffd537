#include "analyzer/dockerfile/graph.h"
