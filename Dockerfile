# The server, for a PostgreSQL with pgvector beside it: no root, nothing to write to but /tmp.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/stack8s
COPY requirements.lock ./
RUN /opt/stack8s/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY . .
RUN /opt/stack8s/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin stack8s
COPY --from=build /opt/stack8s /opt/stack8s
ENV PATH=/opt/stack8s/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    STACK8S_DATA_DIR=/tmp/stack8s \
    ENVIRONMENT=production \
    API_HOST=0.0.0.0 \
    API_PORT=8000 \
    LOG_FORMAT=json
WORKDIR /tmp
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=90s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
ENTRYPOINT ["stack8s"]
CMD ["serve"]
