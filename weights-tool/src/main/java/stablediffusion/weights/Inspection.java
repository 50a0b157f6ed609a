package stablediffusion.weights;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.Manifest.BlobFile;
import stablediffusion.model.weights.Manifest.Entry;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.checkpoint.Checkpoint;
import stablediffusion.weights.checkpoint.CheckpointTensor;
import stablediffusion.weights.checkpoint.ElementType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Describes a checkpoint or a converted model. Its tensors can be read until it is closed.
 *
 * @param what kind and format, in words
 * @param byteSize size on disk
 * @param configuration configuration of the model; empty if it is not a whole Stable Diffusion v1 model
 * @param tensors tensors in the order of the file
 * @param converted the converted model; empty for a checkpoint
 * @param arena memory of the tensors
 */
public record Inspection(
        String what,
        long byteSize,
        Optional<Configuration> configuration,
        List<CheckpointTensor> tensors,
        Optional<ModelDirectory> converted,
        Arena arena)
        implements AutoCloseable {

    /**
     * Opens a checkpoint or the folder of a converted model.
     *
     * @throws UserException if the path is neither
     */
    public static Inspection of(Path path) {
        return Files.isDirectory(path) ? ofModel(ModelDirectory.open(path)) : ofCheckpoint(Checkpoint.open(path));
    }

    private static Inspection ofCheckpoint(Checkpoint checkpoint) {
        List<CheckpointTensor> tensors = List.copyOf(checkpoint.tensors().values());
        return new Inspection(
                kind(checkpoint) + " (" + checkpoint.format() + ")",
                checkpoint.byteSize(),
                configuration(checkpoint),
                tensors,
                Optional.empty(),
                checkpoint.arena());
    }

    private static String kind(Checkpoint checkpoint) {
        Set<String> names = checkpoint.tensors().keySet();
        if (names.stream().allMatch(name -> name.startsWith("lora_"))) {
            return "LoRA in kohya's naming, " + names.stream().filter(name -> name.contains(".lora_down.")).count() + " layers";
        }
        if (names.stream().anyMatch(name -> name.equals("emb_params") || name.startsWith("string_to_param."))) {
            return "embedding (textual inversion)";
        }
        return "checkpoint";
    }

    private static Optional<Configuration> configuration(Checkpoint checkpoint) {
        try {
            Map<String, List<Integer>> shapes =
                    checkpoint.tensors().values().stream().collect(Collectors.toMap(CheckpointTensor::name, CheckpointTensor::shape));
            return Optional.of(Configuration.of(shapes, checkpoint.latentEdge()));
        } catch (UserException otherModel) {
            // The tensors of other models can be listed too.
            return Optional.empty();
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // The inspection closes the arena.
    private static Inspection ofModel(ModelDirectory model) {
        Manifest manifest = model.manifest();
        Arena arena = Arena.ofShared();
        List<CheckpointTensor> tensors = new ArrayList<>();
        ElementType type = manifest.precision() == Precision.F16 ? ElementType.F16 : ElementType.F32;
        for (BlobFile blob : manifest.blobs()) {
            for (Entry entry : blob.tensors()) {
                tensors.add(CheckpointTensor.contiguous(entry.name(), type, entry.shape(), model.bytes(entry, arena)));
            }
        }
        return new Inspection(
                "converted model, layout " + manifest.layoutVersion() + ", from " + manifest.source().file()
                        + (manifest.source().averaged() ? " (averaged weights)" : ""),
                manifest.blobs().stream().mapToLong(BlobFile::size).sum(),
                Optional.of(model.configuration()),
                tensors,
                Optional.of(model),
                arena);
    }

    /** Computes the statistics of every tensor, in the order of {@link #tensors}. */
    public List<Statistics> statistics() {
        Statistics[] all = new Statistics[tensors.size()];
        try {
            Parallel.run(all.length, () -> index -> all[index] = Statistics.of(tensors.get(index)));
        } catch (IOException cannotHappen) {
            throw new IllegalStateException(cannotHappen);
        }
        return List.of(all);
    }

    /**
     * Verifies the checksums of a converted model.
     *
     * @return names of the tensors whose checksums do not match
     * @throws UserException if this is a checkpoint, which has no checksums
     */
    public List<String> damaged() {
        Manifest manifest = converted.orElseThrow(() -> new InvalidRequestException(
                "only a converted model has checksums to verify: convert the checkpoint first, then verify the folder"))
                .manifest();
        List<Entry> entries = manifest.blobs().stream().flatMap(blob -> blob.tensors().stream()).toList();
        List<String> damaged = Collections.synchronizedList(new ArrayList<>());
        try {
            Parallel.run(entries.size(), () -> index -> {
                String checksum = Converter.checksum(tensors.get(index).memory().asByteBuffer());
                if (!checksum.equals(entries.get(index).crc32c())) {
                    damaged.add(entries.get(index).name());
                }
            });
        } catch (IOException cannotHappen) {
            throw new IllegalStateException(cannotHappen);
        }
        return damaged;
    }

    @Override
    public void close() {
        arena.close();
    }
}
