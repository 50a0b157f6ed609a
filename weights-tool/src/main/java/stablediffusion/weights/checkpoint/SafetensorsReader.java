package stablediffusion.weights.checkpoint;

import stablediffusion.model.UserException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Reads the safetensors format (huggingface/safetensors, "Format"): the header's length as 8 little-endian bytes, a JSON header of
 * types, shapes and offsets, then the data without gaps.
 */
final class SafetensorsReader {
    /** Maximum length of the header according to the format, by which a damaged length is recognized. */
    private static final long MAX_HEADER = 100_000_000;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path file;
    private final MemorySegment bytes;
    private final MemorySegment data;
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, String> metadata = new HashMap<>();

    private record Entry(long begin, long end, CheckpointTensor tensor) {}

    private SafetensorsReader(Path file, MemorySegment bytes, long headerLength) {
        this.file = file;
        this.bytes = bytes;
        this.data = bytes.asSlice(8 + headerLength);
    }

    static Checkpoint read(Path file, MemorySegment bytes, Arena arena) {
        long headerLength = bytes.get(LONG, 0);
        boolean looksRight = bytes.byteSize() > 8 && bytes.get(ValueLayout.JAVA_BYTE, 8) == '{';
        if (!looksRight) {
            throw new UserException(file + " is no checkpoint: neither a torch file (a zip) nor safetensors");
        }
        if (headerLength < 2 || headerLength > Math.min(MAX_HEADER, bytes.byteSize() - 8)) {
            throw new UserException(
                    file + ": the safetensors header claims " + Long.toUnsignedString(headerLength) + " bytes, the file has "
                            + bytes.byteSize() + ": it is damaged or cut short");
        }
        SafetensorsReader reader = new SafetensorsReader(file, bytes, headerLength);
        reader.readHeader(bytes.asSlice(8, headerLength).toArray(ValueLayout.JAVA_BYTE));
        return reader.checkpoint(arena);
    }

    private void readHeader(byte[] header) {
        try {
            JsonNode root = JSON.readTree(header);
            if (!root.isObject()) {
                throw damaged("the header is no JSON object");
            }
            root.forEachEntry((name, entry) -> {
                if (name.equals("__metadata__")) {
                    entry.forEachEntry((key, value) -> metadata.put(key, value.asString()));
                } else {
                    entries.add(entry(name, entry));
                }
            });
        } catch (JacksonException invalid) {
            throw damaged("the header is not JSON: " + invalid.getOriginalMessage());
        }
    }

    private Entry entry(String name, JsonNode entry) {
        String typeName = entry.path("dtype").asString("missing");
        ElementType type = ElementType.ofSafetensors(typeName)
                .orElseThrow(() -> new UserException(file + ": tensor " + name + " has the type " + typeName + ", which is not supported"));
        if (!entry.path("shape").isArray()) {
            throw damaged("tensor " + name + " has no shape: its shape must be a list of integers");
        }
        List<Integer> shape = new ArrayList<>();
        for (JsonNode dimension : entry.path("shape")) {
            shape.add(dimension.asInt(-1));
        }
        JsonNode offsets = entry.path("data_offsets");
        if (offsets.size() != 2 || !offsets.path(0).isIntegralNumber() || !offsets.path(1).isIntegralNumber()) {
            throw damaged("tensor " + name + " has no offsets: its data_offsets must be two integers");
        }
        long begin = offsets.path(0).asLong(-1);
        long end = offsets.path(1).asLong(-1);
        if (begin < 0 || end < begin || end > data.byteSize()) {
            throw damaged("tensor " + name + " lies at bytes " + begin + " to " + end + ", the file has " + data.byteSize() + " of them");
        }
        CheckpointTensor tensor;
        try {
            tensor = CheckpointTensor.contiguous(name, type, shape, data.asSlice(begin, end - begin));
        } catch (IllegalArgumentException tooLarge) {
            throw damaged(tooLarge.getMessage());
        }
        if (tensor.byteSize() != end - begin) {
            throw damaged("tensor " + name + " " + shape + " " + type + " needs " + tensor.byteSize() + " bytes, the header gives it "
                    + (end - begin));
        }
        return new Entry(begin, end, tensor);
    }

    private Checkpoint checkpoint(Arena arena) {
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        LinkedHashMap<String, CheckpointTensor> tensors = new LinkedHashMap<>();
        long position = 0;
        for (Entry next : entries) {
            if (next.begin < position) {
                throw damaged("tensor " + next.tensor.name() + " overlaps the one before it");
            }
            if (next.begin > position) {
                throw damaged((next.begin - position) + " bytes before tensor " + next.tensor.name() + " belong to no tensor");
            }
            position = next.end;
            tensors.put(next.tensor.name(), next.tensor);
        }
        if (position != data.byteSize()) {
            throw damaged((data.byteSize() - position) + " bytes at its end belong to no tensor");
        }
        return new Checkpoint(file, "safetensors", tensors, latentEdge(), metadata, bytes, arena);
    }

    /** Returns the edge that our own writer stores; other writers do not. */
    private OptionalInt latentEdge() {
        String edge = metadata.getOrDefault("image_size", "");
        return edge.matches("[1-9][0-9]{0,3}") ? OptionalInt.of(Integer.parseInt(edge)) : OptionalInt.empty();
    }

    private UserException damaged(String what) {
        return new UserException(file + " is damaged: " + what);
    }
}
