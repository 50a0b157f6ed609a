package stablediffusion.weights;

import stablediffusion.model.FileFailure;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.Blob;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.Manifest.BlobFile;
import stablediffusion.model.weights.Manifest.Entry;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.checkpoint.Checkpoint;
import stablediffusion.weights.checkpoint.CheckpointTensor;
import stablediffusion.weights.checkpoint.PartReader;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Converts a checkpoint to a converted model. Tensors are streamed: each is read some rows at a time into the buffers of one thread and
 * written to its offset in a blob.
 */
public final class Converter {
    /** Bytes written at once, which stay in the cache between the system's copy and the checksum. */
    private static final int CHUNK = 128 << 10;

    private final Checkpoint checkpoint;
    private final Options options;
    private final Map<String, CheckpointTensor> tensors;
    private final Configuration configuration;
    private final Manifest.Defaults defaults;
    private final List<Placement> placements = new ArrayList<>();

    /**
     * Holds the options of a conversion.
     *
     * @param precision precision of the blobs, fp16 or fp32
     * @param averaged true to take the exponential moving average (EMA) of the UNet, which a training checkpoint has beside its weights
     * @param licence licence of the model, which replaces that of the checkpoint
     */
    public record Options(Precision precision, boolean averaged, Optional<String> licence) {
        /** Returns the options for most checkpoints: fp16, without EMA. */
        public static Options standard() {
            return new Options(Precision.F16, false, Optional.empty());
        }
    }

    /** Holds a weight, the tensor that it is read from, and its offset and size in a blob. */
    private record Placement(Blob blob, Weight weight, CheckpointTensor tensor, long offset, long byteSize) {
        long end() {
            return offset + byteSize;
        }
    }

    private Converter(Checkpoint checkpoint, Options options) {
        this.checkpoint = checkpoint;
        this.options = options;
        this.tensors = options.averaged() ? EmaWeights.of(checkpoint) : checkpoint.tensors();
        this.configuration = configuration();
        this.defaults = defaults(defaultsFile(checkpoint.file()));
        for (Blob blob : Blob.values()) {
            long offset = 0;
            for (Weight weight : blob.weights(configuration)) {
                Placement next = new Placement(blob, weight, tensor(weight), offset, (long) weight.size() * options.precision().bytes());
                placements.add(next);
                offset = Math.ceilDiv(next.end(), Blob.ALIGNMENT) * Blob.ALIGNMENT;
            }
        }
    }

    /**
     * Returns the file beside a checkpoint that names settings that suit the model, for its manifest: {@code NAME.defaults.json} for
     * {@code NAME.ckpt}. It may be missing.
     */
    public static Path defaultsFile(Path checkpoint) {
        return checkpoint.resolveSibling(checkpoint.getFileName().toString().replaceFirst("\\.[A-Za-z]+$", "") + ".defaults.json");
    }

    private static Manifest.Defaults defaults(Path file) {
        if (!Files.isRegularFile(file)) {
            return Manifest.Defaults.NONE;
        }
        try {
            return Manifest.Defaults.parse(file.toString(), Files.readAllBytes(file));
        } catch (IOException failure) {
            throw new UserException("cannot read " + file + ": " + FileFailure.reason(failure), failure);
        }
    }

    private Configuration configuration() {
        Map<String, List<Integer>> shapes =
                tensors.values().stream().collect(Collectors.toMap(CheckpointTensor::name, CheckpointTensor::shape));
        try {
            return Configuration.of(shapes, checkpoint.latentEdge());
        } catch (UserException otherModel) {
            throw new UserException(checkpoint.file() + ": " + otherModel.getMessage(), otherModel);
        }
    }

    /**
     * Converts a checkpoint.
     *
     * @param file checkpoint to convert
     * @param folder target folder; a converted model in it is replaced when the new one is complete
     * @param progress receives the number of bytes written
     * @return the converted model
     * @throws UserException if the checkpoint cannot be read or is no Stable Diffusion v1 model, or the folder cannot be written;
     *     nothing is left behind then
     */
    public static ModelDirectory convert(Path file, Path folder, Options options, ConversionProgress progress) {
        if (Path.of("").toAbsolutePath().startsWith(folder.toAbsolutePath().normalize())) {
            throw new InvalidRequestException(
                    folder + " is the current folder or has it in it, and cannot be replaced", Remedy.NAME_OUTPUT_FOLDER);
        }
        if (!isReplaceable(folder)) {
            throw new UserException(folder + " exists already and holds more than a converted model", Remedy.NAME_OUTPUT_FOLDER);
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            return ModelDirectory.open(folder, new Converter(checkpoint, options).write(folder, progress));
        } catch (IOException failure) {
            throw new UserException("cannot write " + folder + ": " + FileFailure.reason(failure), failure);
        }
    }

    /**
     * Finishes what conversions into folders beside each other left behind when their processes were killed: a model that was about to be
     * replaced is put back. Does nothing where the folder of models is missing or cannot be written to.
     */
    public static void recover(Path models) {
        if (Files.isDirectory(models) && Files.isWritable(models)) {
            try {
                StagedOutput.recover(models);
            } catch (IOException failure) {
                throw new UserException("cannot remove what an interrupted conversion left in " + models + ": "
                        + FileFailure.reason(failure), failure);
            }
        }
    }

    private Manifest write(Path folder, ConversionProgress progress) throws IOException {
        progress.start(placements.stream().mapToLong(Placement::byteSize).sum());
        Entry[] entries = new Entry[placements.size()];
        long largest = placements.stream().mapToLong(Placement::byteSize).max().orElseThrow();
        try (FileChannel source = FileChannel.open(checkpoint.file());
                StagedOutput output = StagedOutput.folder(folder)) {
            Map<Blob, FileChannel> channels = new LinkedHashMap<>();
            for (Blob blob : Blob.values()) {
                channels.put(blob, output.open(blob.file(options.precision())));
            }
            Parallel.run(placements.size(), () -> {
                PartReader reader = new PartReader(checkpoint, source);
                LayoutConverter layout = new LayoutConverter(checkpoint.file(), options.precision(), reader::read);
                MemorySegment buffer = Arena.ofAuto().allocate(largest, Blob.ALIGNMENT);
                return index -> {
                    Placement next = placements.get(index);
                    MemorySegment stored = buffer.asSlice(0, next.byteSize);
                    layout.store(next.tensor, next.weight, stored);
                    String checksum = writeFully(channels.get(next.blob), stored.asByteBuffer(), next.offset);
                    entries[index] = new Entry(next.weight.name(), next.weight.shape(), next.tensor.shape(), next.offset, checksum);
                    progress.advance(next.byteSize);
                };
            });
            Manifest manifest = manifest(List.of(entries));
            writeFully(output.open(Manifest.FILE), ByteBuffer.wrap(manifest.toJson().getBytes(StandardCharsets.UTF_8)), 0);
            output.commit();
            return manifest;
        }
    }

    private Manifest manifest(List<Entry> entries) {
        List<BlobFile> blobs = new ArrayList<>();
        for (Blob blob : Blob.values()) {
            List<Entry> own = new ArrayList<>();
            long size = 0;
            for (int i = 0; i < entries.size(); i++) {
                if (placements.get(i).blob == blob) {
                    own.add(entries.get(i));
                    size = placements.get(i).end();
                }
            }
            blobs.add(new BlobFile(blob.file(options.precision()), size, own));
        }
        Path file = checkpoint.file();
        Manifest.Source source = new Manifest.Source(file.getFileName().toString(), checkpoint.byteSize(), options.averaged());
        return new Manifest(Manifest.LAYOUT_VERSION, source, licence(), options.precision(), configuration, defaults, blobs);
    }

    private String licence() {
        return options.licence()
                .or(() -> Stream.of("modelspec.license", "license")
                        .map(checkpoint.metadata()::get)
                        .flatMap(Stream::ofNullable)
                        .findFirst())
                .orElse(configuration.unet().equals(Configuration.v1().unet())
                        ? "CreativeML Open RAIL-M, if it is Stable Diffusion v1 or made from it; the checkpoint does not say"
                        : "the checkpoint does not say");
    }

    private CheckpointTensor tensor(Weight weight) {
        CheckpointTensor tensor = tensors.get(weight.name());
        if (tensor == null) {
            throw new UserException(checkpoint.file() + ": tensor " + weight.name() + " is missing");
        }
        if (!weight.matchesCheckpoint(tensor.shape())) {
            throw new UserException(checkpoint.file() + ": tensor " + weight.name() + " has shape " + tensor.shape() + ", expected "
                    + weight.checkpointShape());
        }
        if (!tensor.type().isFloatingPoint()) {
            throw new UserException(checkpoint.file() + ": tensor " + weight.name() + " has integers (" + tensor.type()
                    + "): quantized checkpoints are not supported");
        }
        return tensor;
    }

    /**
     * Computes a CRC-32C (Castagnoli) in hexadecimal. It is meant to find damage; processors have an instruction for it, so it takes a
     * ninth of the time of SHA-256.
     */
    static String checksum(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return inHexadecimal(crc);
    }

    private static String inHexadecimal(CRC32C crc) {
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    /** Writes all bytes and returns their checksum. */
    private static String writeFully(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        CRC32C crc = new CRC32C();
        int end = bytes.limit();
        while (bytes.position() < end) {
            bytes.limit(Math.min(end, bytes.position() + CHUNK));
            ByteBuffer chunk = bytes.duplicate();
            position += channel.write(bytes, position);
            crc.update(chunk.limit(bytes.position()));
        }
        return inHexadecimal(crc);
    }

    /** Returns true if the folder is missing, empty, or holds only files of a converted model. */
    private static boolean isReplaceable(Path folder) {
        if (!Files.exists(folder)) {
            return true;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .allMatch(name -> name.equals(Manifest.FILE) || name.matches("(clip|unet|vae)\\.(f16|f32)"));
        } catch (IOException noFolder) {
            return false;
        }
    }
}
