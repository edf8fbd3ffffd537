#include "analyzer/dockerfile/transfer.h"
