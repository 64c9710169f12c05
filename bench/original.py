"""The routes of the system that CacheDemo is the .NET form of: FastAPI before Redis. Needs REDIS_ENDPOINT=host:port."""

import os

from fastapi import FastAPI
from pydantic import BaseModel
from redis.asyncio import Redis

host, port = os.environ["REDIS_ENDPOINT"].rsplit(":", 1)
redis = Redis(host=host, port=int(port), decode_responses=True)
app = FastAPI()


class Item(BaseModel):
    key: str
    value: str


@app.post("/set")
async def set_value(item: Item):
    await redis.set(item.key, item.value, ex=60)
    return {"message": f"Key '{item.key}' set to '{item.value}' with 60 seconds TTL"}


@app.get("/get/{key}")
async def get_value(key: str):
    value = await redis.get(key)
    if value is None:
        return {"error": "Key not found"}
    return {"key": key, "value": value, "source": "cache"}
