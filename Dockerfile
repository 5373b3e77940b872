# A bare Debian, and what conf/setup installs. The tree is not in it, but is
# shown to it:
#   docker build -t xv6 .
#   docker run --rm -it -u "$(id -u):$(id -g)" -v "$PWD":/xv6 xv6
# An editor that knows dev containers finds it by .devcontainer, and works in
# it as the user student.
FROM debian:trixie

WORKDIR /xv6
COPY conf/setup conf/prefixes conf/compiler conf/
RUN sh conf/setup && rm -rf conf /var/lib/apt/lists/*

# Whoever works in it, and whoever the tree is of.
RUN git config --system safe.directory '*' && \
    useradd --create-home --shell /bin/bash student
CMD ["bash"]
