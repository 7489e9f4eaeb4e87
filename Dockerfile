# syntax=docker/dockerfile:1
# One image for the service and for indexing; its entry point is `polymuse`.
#   docker build -t poly-muse:cpu .
#   docker build -t poly-muse:cuda --build-arg TORCH=cuda .    for NVIDIA GPUs
# Set PYTHON to pin the base image by its digest: docs/deploying.md.

ARG PYTHON=3.11-slim-bookworm
ARG TORCH=cpu

FROM python:${PYTHON} AS build
ARG TORCH
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/polymuse
ENV PATH=/opt/polymuse/bin:$PATH
WORKDIR /src
# Layers of their own for the dependencies: they change only with the lock files, which pin each file by its hash.
# Nothing but torch may come from the index of its CPU build.
COPY requirements ./requirements
RUN if [ "$TORCH" = cpu ]; then export PIP_INDEX_URL=https://download.pytorch.org/whl/cpu; fi \
    && pip install --no-deps --require-hashes -r "requirements/torch-$TORCH.txt"
RUN pip install --no-deps --require-hashes -r requirements/base.txt
COPY pyproject.toml README.md LICENSE ./
COPY polymuse ./polymuse
COPY catalog ./catalog
COPY players ./players
COPY models ./models
COPY data ./data
COPY indexer ./indexer
COPY cli ./cli
COPY search_api ./search_api
COPY beetsplug ./beetsplug
RUN pip install --no-deps --no-build-isolation . && pip check

FROM python:${PYTHON}
ARG TORCH
# For NVIDIA GPUs: Triton needs a C compiler to build kernel launchers.
# hadolint ignore=DL3008
RUN if [ "$TORCH" = cuda ]; then \
        apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*; \
    fi
RUN useradd --uid 10001 --create-home polymuse \
    && install --directory --owner polymuse --group polymuse /data /music
COPY --from=build /opt/polymuse /opt/polymuse
ENV PATH=/opt/polymuse/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    POLYMUSE_HOME=/data \
    TRITON_CACHE_DIR=/data/cache/triton
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8765/healthz', timeout=4)"]
ENTRYPOINT ["polymuse"]
CMD ["serve", "--host", "0.0.0.0"]
