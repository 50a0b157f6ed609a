package stablediffusion.model.weights;

import stablediffusion.model.FileFailure;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.Manifest.BlobFile;
import stablediffusion.model.weights.Manifest.Entry;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads a converted model, a folder of blobs and their manifest. Reading maps a slice of a blob; nothing is copied or kept.
 */
public final class ModelDirectory implements Weights {
    /** Size limit in bytes; the manifest of Stable Diffusion v1 has 400 kB. */
    private static final long MAX_MANIFEST = 64 << 20;

    private final Path folder;
    private final Manifest manifest;
    private final Map<String, Location> locations = new HashMap<>();

    private record Location(Path blob, Entry entry) {}

    private ModelDirectory(Path folder, Manifest manifest) {
        this.folder = folder;
        this.manifest = manifest;
        for (BlobFile blob : manifest.blobs()) {
            Path file = folder.resolve(blob.file());
            check(file, blob);
            for (Entry entry : blob.tensors()) {
                locations.put(entry.name(), new Location(file, entry));
            }
        }
    }

    /**
     * Opens a converted model.
     *
     * @throws UserException where there is no model, or it is incomplete or of another layout version
     */
    public static ModelDirectory open(Path folder) {
        if (!Files.exists(folder)) {
            throw new InvalidRequestException("no such model: " + folder);
        }
        Path manifest = folder.resolve(Manifest.FILE);
        if (!Files.isRegularFile(manifest)) {
            throw new UserException(folder + " is no converted model, it has no " + Manifest.FILE, Remedy.CONVERT_CHECKPOINT);
        }
        try {
            if (Files.size(manifest) > MAX_MANIFEST) {
                throw new UserException(manifest + " is damaged: it has more than " + MAX_MANIFEST + " bytes", Remedy.CONVERT_CHECKPOINT);
            }
            return new ModelDirectory(folder, Manifest.parse(manifest.toString(), Files.readAllBytes(manifest)));
        } catch (IOException unreadable) {
            throw new UserException("cannot read " + manifest + ": " + FileFailure.reason(unreadable), unreadable);
        }
    }

    /**
     * Opens a converted model whose manifest is known.
     *
     * @throws UserException where it is incomplete
     */
    public static ModelDirectory open(Path folder, Manifest manifest) {
        return new ModelDirectory(folder, manifest);
    }

    public Path folder() {
        return folder;
    }

    public Manifest manifest() {
        return manifest;
    }

    public Configuration configuration() {
        return manifest.configuration();
    }

    @Override
    public WeightData read(Weight weight, Arena arena) {
        Location location = locations.get(weight.name());
        if (location == null) {
            throw new UserException("model " + folder + " has no weight " + weight.name());
        }
        if (!location.entry.shape().equals(weight.shape())) {
            throw new UserException("model " + folder + ": weight " + weight.name() + " has shape " + location.entry.shape() + ", expected "
                    + weight.shape());
        }
        return new WeightData(manifest.precision(), map(location, arena));
    }

    /** Returns the bytes of a tensor of the manifest as they are in its blob. */
    public MemorySegment bytes(Entry entry, Arena arena) {
        return map(locations.get(entry.name()), arena);
    }

    private MemorySegment map(Location location, Arena arena) {
        try (FileChannel channel = FileChannel.open(location.blob)) {
            return channel.map(MapMode.READ_ONLY, location.entry.offset(), location.entry.byteSize(manifest.precision()), arena);
        } catch (IOException unreadable) {
            throw new UserException("cannot read " + location.blob + ": " + FileFailure.reason(unreadable), unreadable);
        }
    }

    private void check(Path file, BlobFile blob) {
        if (!blob.file().matches("[a-z]+\\.[a-z0-9]+") || !Files.isRegularFile(file)) {
            throw new UserException("model " + folder + " is incomplete: " + blob.file() + " is missing", Remedy.CONVERT_CHECKPOINT);
        }
        try {
            if (Files.size(file) != blob.size()) {
                throw new UserException(
                        "model " + folder + " is incomplete: " + blob.file() + " has " + Files.size(file) + " bytes, expected "
                                + blob.size(),
                        Remedy.CONVERT_CHECKPOINT);
            }
        } catch (IOException unreadable) {
            throw new UserException("cannot read " + file + ": " + FileFailure.reason(unreadable), unreadable);
        }
    }
}
