# syntax=docker/dockerfile:1
# kgbuild as a service. Its tagger is in the image; vocabularies, papers that were
# annotated and what was fetched lie in the volume /data. See docs/service.md.
FROM python:3.13-slim AS wheel
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY kgbuild kgbuild
COPY data data
COPY pipelines pipelines
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip install --no-cache-dir "$(echo /wheels/kgbuild-*.whl)[service,mcp,sql]"
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin kgbuild \
    && install --directory --owner=kgbuild --group=kgbuild /data
USER 10001
WORKDIR /data
ENV KGBUILD_DATA=/data/vocabularies KGBUILD_CACHE=/data/cache \
    KGBUILD_LIMITER_DIR=/data/limiter PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8888
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD \
    ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8888/health', timeout=4)"]
ENTRYPOINT ["kgbuild"]
# A token is needed: -e KGBUILD_TOKEN=…
CMD ["serve", "--host", "0.0.0.0", "--store", "/data/annotations.db"]
