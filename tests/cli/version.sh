# The version comes before everything else, and from any command.
ctxopt --version
ctxopt context --version
ctxopt context nowhere --version --no-such-option
