# Which Dockerfile, and which ignore file with it.
show() { ctxopt context "$@" | sed '/^$/,$d' | grep 'Dockerfile  \|ignore file\|not used'; }
mkdir ctx && cd ctx
: >x
echo "--- lower case"
echo FROM scratch >dockerfile && echo x >dockerfile.dockerignore && show && show -f Dockerfile
show --engine docker-20.10 && : >Dockerfile.dockerignore && show --engine docker-20.10
show -f dockerfile --engine docker-20.10
rm dockerfile dockerfile.dockerignore Dockerfile.dockerignore
echo "--- beside the Dockerfile"
echo FROM scratch >Dockerfile && echo x >.dockerignore && show
echo y >Dockerfile.dockerignore && show
mkdir docker && echo FROM scratch >docker/app.Dockerfile && echo z >docker/.dockerignore && show -f docker/app.Dockerfile
echo z >docker/app.Dockerfile.dockerignore && show -f docker/app.Dockerfile
echo "--- outside of the context"
mkdir ../other && echo FROM scratch >../other/Dockerfile && show -f ../other/Dockerfile
echo z >../other/Dockerfile.dockerignore && show -f ../other/Dockerfile
echo "--- standard input"
echo FROM scratch | ctxopt context -f - | sed -n '2,3p'
echo "--- podman"
: >Containerfile && echo c >.containerignore && show --engine podman
rm Dockerfile.dockerignore && show --engine podman
