import type { Json, JsonObject } from "../kernel/json.ts";
import { isMediaType } from "./media-type.ts";
import {
  asObject,
  inside,
  isApp,
  keepAnnotations,
  keepCount,
  keepMediaType,
  keepMeta,
  keepStrings,
  ShapeFault,
  stringAt,
} from "./shape.ts";

/** What stands where an MCP App stood: Apps are not governed yet, so they are not forwarded (W7). */
const WITHHELD = "The gateway withheld an MCP App (ui:// resource): apps are not forwarded.";

/**
 * Rebuilds one content block by type; unknown members and icons are left out.
 *
 * @throws ShapeFault for an unknown type or a malformed block
 */
export function contentBlock(value: Json | undefined): JsonObject {
  const raw = asObject(value);
  const type = raw["type"];
  switch (type) {
    case "text":
      return dressed(raw, { type, text: stringAt(raw, "text") });
    case "image":
    case "audio":
      return dressed(raw, { type, data: stringAt(raw, "data"), mimeType: mediaTypeAt(raw) });
    case "resource_link": {
      if (isApp(raw["uri"])) return withheld();
      const kept: JsonObject = { type, uri: stringAt(raw, "uri"), name: stringAt(raw, "name") };
      keepStrings(raw, kept, ["title", "description"]);
      keepMediaType(raw, kept);
      keepCount(raw, kept, "size");
      return dressed(raw, kept);
    }
    case "resource": {
      const resource = inside("resource", raw["resource"], asObject);
      if (isAppResource(resource)) return withheld();
      return dressed(raw, { type, resource: inside("resource", resource, resourceContents) });
    }
    default:
      throw new ShapeFault("type", "must be text, image, audio, resource_link or resource");
  }
}

/** The type of an image or a sound, which has to be there; one that is no media type is one of unknown bytes (RFC 2046). */
function mediaTypeAt(raw: JsonObject): string {
  const type = stringAt(raw, "mimeType");
  return isMediaType(type) ? type : "application/octet-stream";
}

function dressed(raw: JsonObject, kept: JsonObject): JsonObject {
  keepAnnotations(raw, kept);
  keepMeta(raw, kept);
  return kept;
}

function withheld(): JsonObject {
  return { type: "text", text: WITHHELD };
}

/** MCP Apps (SEP-1865) are `ui://` resources, or HTML with the profile `mcp-app`. */
function isAppResource(raw: JsonObject): boolean {
  const { mimeType } = raw;
  return isApp(raw["uri"]) || (typeof mimeType === "string" && mimeType.toLowerCase().includes("mcp-app"));
}

/**
 * Rebuilds the contents of one resource: `uri` and either `text` or `blob`.
 *
 * @throws ShapeFault
 */
export function resourceContents(value: Json | undefined): JsonObject {
  const raw = asObject(value);
  const uri = stringAt(raw, "uri");
  if (isAppResource(raw)) return { uri, mimeType: "text/plain", text: WITHHELD };
  if ((raw["text"] === undefined) === (raw["blob"] === undefined)) {
    throw new ShapeFault("", "must have either text or blob");
  }
  const kept: JsonObject = { uri };
  keepMediaType(raw, kept);
  keepStrings(raw, kept, ["text", "blob"]);
  keepMeta(raw, kept);
  return kept;
}
