# Paths are relative to the working directory if it lies in the context, else to the context.
mkdir -p ctx/sub other && cd ctx && echo FROM scratch >Dockerfile && echo sub/x >.dockerignore && : >sub/x
ctxopt why sub/x ./sub//x sub/../sub/x "$PWD/sub/x"
cd sub && ctxopt why --context .. x ../Dockerfile
cd .. && ln -s "$PWD" ../link && ctxopt why --context ../link sub/x
cd ../other && ctxopt why --context ../ctx sub/x ../ctx/sub/x
ctxopt why --context ../ctx ../other || echo $?
ctxopt why --context ../ctx / || echo $?
ctxopt why --context ../nowhere x || echo $?
tar -cf a.tar -C ../ctx . && ctxopt why --context a.tar x || echo $?
