package stablediffusion.weights.checkpoint;

import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import stablediffusion.model.UserException;
import stablediffusion.weights.checkpoint.PickleGlobals.Instance;
import stablediffusion.weights.checkpoint.PickleGlobals.TensorReference;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.zip.ZipEntry;

/**
 * Reads files of {@code torch.save} since torch 1.6: a zip of uncompressed entries, {@code NAME/data.pkl} with the structure and
 * {@code NAME/data/KEY} with the data of each storage.
 */
final class TorchReader {
    /** Maximum depth of nested dictionaries; a dictionary could contain itself. */
    private static final int MAX_DEPTH = 3;
    /** Size limit in bytes of the structure, without the data; that of a checkpoint of Stable Diffusion v1 has 200 kB. */
    private static final long MAX_PICKLE = 256 << 20;
    /**
     * Limits the numbers of all tensors by the size of the file. Tensors may share a storage and may repeat its numbers, so a few bytes could
     * otherwise claim any number of them.
     */
    private static final long NUMBERS_PER_BYTE = 8;

    private final Path file;
    private final MemorySegment bytes;
    private final Map<String, MemorySegment> entries = new HashMap<>();
    private final Object root;
    /** Numbers and dictionary entries that may still be collected. */
    private long left;

    private TorchReader(Path file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
        this.left = NUMBERS_PER_BYTE * bytes.byteSize();
        try (ZipFile zip = ZipFile.builder().setPath(file).get()) {
            String prefix = prefix(zip);
            for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
                if (entry.getName().startsWith(prefix)) {
                    boolean repeated = entries.put(entry.getName().substring(prefix.length()), stored(entry)) != null;
                    if (repeated) {
                        throw new UserException(file + " is damaged: it contains " + entry.getName() + " twice");
                    }
                }
            }
        } catch (IOException damage) {
            throw new UserException(
                    file + " is damaged or cut short (an unfinished download?): the table of contents at its end cannot be read ("
                            + damage.getMessage() + ")",
                    damage);
        }
        requireLittleEndian();
        if (entries.get("data.pkl").byteSize() > MAX_PICKLE) {
            throw new UserException(file + " is damaged: its data.pkl has " + entries.get("data.pkl").byteSize() + " bytes");
        }
        root = PickleReader.load(file + " (data.pkl)", entries.get("data.pkl").toArray(ValueLayout.JAVA_BYTE));
    }

    static TorchReader read(Path file, MemorySegment bytes) {
        return new TorchReader(file, bytes);
    }

    /**
     * Returns the tensors of the state dictionary, which may be inside the envelope of PyTorch Lightning.
     */
    Checkpoint toCheckpoint(Arena arena) {
        Map<?, ?> top = dictionary(root);
        boolean envelope = !dictionary(top.get("state_dict")).isEmpty();
        LinkedHashMap<String, CheckpointTensor> tensors = new LinkedHashMap<>();
        collect("", envelope ? dictionary(top.get("state_dict")) : top, tensors, 0);
        if (tensors.isEmpty()) {
            throw new UserException(file + " is a torch file, but there are no named tensors in it");
        }
        return new Checkpoint(
                file,
                envelope ? "torch, lightning envelope" : "torch, bare state dictionary",
                tensors,
                latentEdge(dictionary(top.get("hyper_parameters"))),
                envelope ? metadata(top) : Map.of(),
                bytes,
                arena);
    }

    /** Collects tensors, also of nested dictionaries; names are joined by dots, as in {@code string_to_param.*} of a textual inversion. */
    private void collect(String prefix, Map<?, ?> dictionary, Map<String, CheckpointTensor> tensors, int depth) {
        dictionary.forEach((key, value) -> {
            spend(1, prefix);
            if (key instanceof String text) {
                if (value instanceof TensorReference reference) {
                    CheckpointTensor tensor = tensor(prefix + text, reference);
                    spend(tensor.size(), tensor.name());
                    tensors.put(tensor.name(), tensor);
                } else if (depth < MAX_DEPTH) {
                    collect(prefix + text + ".", dictionary(value), tensors, depth + 1);
                }
            }
        });
    }

    private void spend(long count, String name) {
        left -= count;
        if (left < 0) {
            throw new UserException(file + " is damaged: its tensors up to " + name + " have far more numbers than are stored");
        }
    }

    private CheckpointTensor tensor(String name, TensorReference reference) {
        List<Object> id = reference.storage().id().items();
        boolean wellFormed = id.size() >= 5
                && PickleReader.key(id.get(0)).equals("storage")
                && id.get(1) instanceof PickleReader.Global
                && PickleReader.key(id.get(2)) instanceof String
                && id.get(4) instanceof Long;
        if (!wellFormed) {
            throw new UserException(file + " is damaged: tensor " + name + " names no storage");
        }
        String className = ((PickleReader.Global) id.get(1)).name();
        ElementType type = ElementType.ofTorchStorage(className.substring(className.lastIndexOf('.') + 1))
                .orElseThrow(
                        () -> new UserException(file + ": tensor " + name + " is stored as " + className + ", which is not supported"));
        Object key = PickleReader.key(id.get(2));
        MemorySegment storage = entries.get("data/" + key);
        if (storage == null) {
            throw new UserException(file + " is damaged: storage " + key + " of tensor " + name + " is missing");
        }
        long elements = (Long) id.get(4);
        if (elements < 0 || elements > storage.byteSize() / type.bytes()) {
            throw new UserException(file + " is damaged: storage " + key + " of tensor " + name + " should have " + elements
                    + " numbers of " + type.bytes() + " bytes, the zip holds " + storage.byteSize() + " bytes of it");
        }
        MemorySegment numbers = storage.asSlice(0, elements * type.bytes());
        try {
            return new CheckpointTensor(name, type, reference.shape(), reference.strides(), numbers, reference.offset());
        } catch (IllegalArgumentException tooLarge) {
            throw new UserException(file + " is damaged: " + tooLarge.getMessage(), tooLarge);
        }
    }

    /** Returns the folder that contains all entries of the zip, mostly "archive/". */
    private String prefix(ZipFile zip) {
        return Collections.list(zip.getEntries()).stream()
                .map(ZipArchiveEntry::getName)
                .filter(name -> name.matches("[^/]+/data\\.pkl"))
                .findFirst()
                .map(name -> name.substring(0, name.length() - "data.pkl".length()))
                .orElseThrow(() -> new UserException(file + " is a zip, but not one that torch wrote: it has no data.pkl"));
    }

    private MemorySegment stored(ZipArchiveEntry entry) {
        if (entry.getMethod() != ZipEntry.STORED) {
            throw new UserException(file + ": " + entry.getName() + " is compressed in the zip, which torch never does;"
                    + " pack the file again without compression");
        }
        long begin = entry.getDataOffset();
        if (begin < 0 || entry.getSize() < 0 || entry.getSize() > bytes.byteSize() - begin) {
            throw new UserException(file + " is damaged: " + entry.getName() + " reaches beyond the end of the file");
        }
        return bytes.asSlice(begin, entry.getSize());
    }

    private void requireLittleEndian() {
        MemorySegment order = entries.getOrDefault("byteorder", MemorySegment.NULL);
        if (new String(order.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8).equals("big")) {
            throw new UserException(file + " was written on a big-endian machine; that is not supported");
        }
    }

    private static OptionalInt latentEdge(Map<?, ?> hyperParameters) {
        return hyperParameters.get("image_size") instanceof Long edge && edge > 0 && edge < 10_000
                ? OptionalInt.of(edge.intValue())
                : OptionalInt.empty();
    }

    private static Map<String, String> metadata(Map<?, ?> envelope) {
        Map<String, String> metadata = new HashMap<>();
        envelope.forEach((key, value) -> {
            if (key instanceof String name && (value instanceof Long || value instanceof Double || value instanceof String)) {
                metadata.put(name, value.toString());
            }
        });
        return metadata;
    }

    private static Map<?, ?> dictionary(Object value) {
        return switch (value) {
            case Map<?, ?> map -> map;
            case Instance instance -> instance.entries();
            case null, default -> Map.of();
        };
    }
}
