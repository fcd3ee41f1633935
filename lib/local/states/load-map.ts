import type { Distribution, ItemBatcher, ItemReader, MapState, Program, ResultWriter } from "./definition.ts";
import type { FieldReader } from "./field-reader.ts";
import { anyArray, anyString, integerBetween, numberBetween } from "./field-reader.ts";
import { dataLimitBytes } from "./data-limit.ts";

/** What loading a Map needs to know of where it stands, and what it adds to that. */
export interface MapSurroundings {
  /** The Map stands in children that are EXPRESS, where AWS runs no Distributed Map. */
  readonly inExpress: boolean;
  readonly resources: Set<string>;
  readonly labels: Set<string>;
  readonly loadProgram: (fields: FieldReader, kind: "inline" | "standard" | "express") => Program;
}

const readResource = (fields: FieldReader, supported: string, { resources }: MapSurroundings): string => {
  const resource = fields.required("Resource", anyString);
  if (!resource.endsWith(supported))
    fields.refuse("Resource", `expected arn:aws:states:::${supported}, got ${resource}`);
  resources.add(resource);
  return resource;
};

const readArguments = (fields: FieldReader): ItemReader["arguments"] =>
  fields.template("Arguments") ?? fields.refuse("Arguments", "expected an object, got none");

const readItemReader = (fields: FieldReader, surroundings: MapSurroundings): ItemReader => {
  const config = fields.object("ReaderConfig") ?? fields.refuse("ReaderConfig", "expected an object, got none");
  if (config.raw("InputType") !== "JSONL") config.refuse("InputType", "only JSONL is supported");
  const reader = {
    resource: readResource(fields, "s3:getObject", surroundings),
    arguments: readArguments(fields),
    maxItems: config.typed("MaxItems", integerBetween(0, 100_000_000)),
  };
  config.end();
  fields.end();
  return reader;
};

const readBatcher = (fields: FieldReader): ItemBatcher => {
  const batcher = {
    maxItems: fields.typed("MaxItemsPerBatch", integerBetween(0)),
    maxInputBytes: fields.typed("MaxInputBytesPerBatch", integerBetween(0, dataLimitBytes)),
    batchInput: fields.template("BatchInput"),
  };
  if (batcher.maxItems === undefined && batcher.maxInputBytes === undefined) {
    fields.refuse("", "expected MaxItemsPerBatch or MaxInputBytesPerBatch");
  }
  fields.end();
  return batcher;
};

const readWriter = (fields: FieldReader | undefined, surroundings: MapSurroundings): ResultWriter => {
  if (fields === undefined) {
    return { destination: undefined, config: { outputType: "JSON", transformation: "COMPACT" } };
  }
  const isWritten = fields.has("Resource") || fields.has("Arguments");
  const destination = isWritten
    ? { resource: readResource(fields, "s3:putObject", surroundings), arguments: readArguments(fields) }
    : undefined;
  const config = fields.object("WriterConfig");
  if (destination === undefined && config === undefined) fields.refuse("", "expected Resource or WriterConfig");
  const outputType = config?.word("OutputType", ["JSON", "JSONL"]) ?? "JSON";
  const transformation =
    config?.word("Transformation", ["NONE", "COMPACT", "FLATTEN"]) ?? (isWritten ? "NONE" : "COMPACT");
  config?.end();
  fields.end();
  return { destination, config: { outputType, transformation } };
};

const readDistribution = (
  fields: FieldReader,
  name: string,
  express: boolean,
  surroundings: MapSurroundings,
): Distribution => {
  if (surroundings.inExpress) fields.refuse("ItemProcessor", "a Distributed Map cannot run in EXPRESS children");
  const reader = fields.object("ItemReader");
  const batcher = fields.object("ItemBatcher");
  const label = fields.literal("Label", anyString) ?? name.replaceAll(/[^\w-]/g, "").slice(0, 40);
  if (!/^[\w.-]{1,40}$/.test(label) || surroundings.labels.has(label)) {
    fields.refuse(
      "Label",
      `expected 1 to 40 letters, digits, "-", "_" or "." that no other Map has, got ${JSON.stringify(label)}`,
    );
  }
  surroundings.labels.add(label);
  return {
    express,
    label,
    reader: reader && readItemReader(reader, surroundings),
    batcher: batcher && readBatcher(batcher),
    writer: readWriter(fields.object("ResultWriter"), surroundings),
    toleratedFailureCount: fields.typed("ToleratedFailureCount", integerBetween(0)),
    toleratedFailurePercentage: fields.typed("ToleratedFailurePercentage", numberBetween(0, 100)),
  };
};

/** Reads the fields that only a Map has. @throws {InvalidDefinitionError} */
export const readMap = (
  fields: FieldReader,
  name: string,
  surroundings: MapSurroundings,
): Pick<MapState, "items" | "itemSelector" | "maxConcurrency" | "processor" | "distribution"> => {
  const processor = fields.object("ItemProcessor") ?? fields.refuse("ItemProcessor", "expected an object, got none");
  const config = processor.object("ProcessorConfig");
  const isDistributed = config?.word("Mode", ["INLINE", "DISTRIBUTED"]) === "DISTRIBUTED";
  const executionType = isDistributed ? config?.word("ExecutionType", ["STANDARD", "EXPRESS"]) : undefined;
  if (isDistributed && executionType === undefined)
    config?.refuse("ExecutionType", "expected STANDARD or EXPRESS, got none");
  config?.end();
  const express = executionType === "EXPRESS";
  const distribution = isDistributed ? readDistribution(fields, name, express, surroundings) : undefined;
  if (distribution?.reader !== undefined && fields.has("Items"))
    fields.refuse("Items", "expected ItemReader or Items, got both");
  return {
    items: fields.typed("Items", anyArray),
    itemSelector: fields.template("ItemSelector"),
    maxConcurrency: fields.typed("MaxConcurrency", integerBetween(0)),
    processor: surroundings.loadProgram(processor, isDistributed ? (express ? "express" : "standard") : "inline"),
    distribution,
  };
};
