package stablediffusion.model.weights;

import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.sampler.Samplers;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.util.List;
import java.util.Optional;

/**
 * Describes a converted model, as the file {@code manifest.json}: its tensors and their offsets in the blobs.
 *
 * @param layoutVersion changes whenever older blobs can no longer be read
 * @param source the checkpoint that it was made from
 * @param licence the terms of the model, as far as its checkpoint says them
 * @param precision precision of all blobs
 * @param defaults settings that suit the model
 */
public record Manifest(
        int layoutVersion, Source source, String licence, Precision precision, Configuration configuration, Defaults defaults,
        List<BlobFile> blobs) {
    /** The layout that this program writes and reads. */
    public static final int LAYOUT_VERSION = 1;

    public static final String FILE = "manifest.json";

    private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /**
     * Describes the checkpoint that the weights came from.
     *
     * @param file name of its file, without folders
     * @param size size of its file, in bytes
     * @param averaged whether the UNet's exponential moving average (EMA) was taken
     */
    public record Source(String file, long size, boolean averaged) {}

    /**
     * Names settings that suit a model better than those of the original scripts.
     *
     * @param sampler as {@link Samplers#names} spells it
     */
    public record Defaults(Optional<String> sampler, Optional<Float> guidanceScale) {
        /** Names none: the settings of the original scripts suit. */
        public static final Defaults NONE = new Defaults(Optional.empty(), Optional.empty());

        /**
         * Reads {@code {"sampler": "dpm++2m", "guidanceScale": 5}}; both may be missing.
         *
         * @param where name of the file, for messages
         * @throws UserException where it is something else
         */
        public static Defaults parse(String where, byte[] json) {
            try {
                return new ManifestReader(where).defaults(JSON.readTree(json), "");
            } catch (JacksonException damage) {
                throw new UserException(where + " is damaged: it is not JSON", damage);
            }
        }
    }

    /**
     * Describes a file of weights.
     *
     * @param file name of the file, without folders
     * @param size size of the file, in bytes
     */
    public record BlobFile(String file, long size, List<Entry> tensors) {
        public BlobFile {
            tensors = List.copyOf(tensors);
        }
    }

    /**
     * Describes a tensor in a blob.
     *
     * @param shape shape as stored, see {@link stablediffusion.model.graph.Weight.Layout}
     * @param checkpointShape shape as it was in the checkpoint
     * @param offset offset of its first byte in the blob
     * @param crc32c checksum of its bytes, in hexadecimal
     */
    public record Entry(String name, List<Integer> shape, List<Integer> checkpointShape, long offset, String crc32c) {
        public Entry {
            shape = List.copyOf(shape);
            checkpointShape = List.copyOf(checkpointShape);
        }

        /** Returns the bytes that it takes in a blob. */
        public long byteSize(Precision precision) {
            return shape.stream().mapToLong(Integer::longValue).reduce(precision.bytes(), Math::multiplyExact);
        }
    }

    public Manifest {
        blobs = List.copyOf(blobs);
    }

    /** Returns the text of {@code manifest.json}. */
    public String toJson() {
        return JSON.writeValueAsString(this);
    }

    /**
     * Reads a manifest.
     *
     * @param where name of the file, for messages
     * @throws UserException where it is not a manifest, or one of another layout
     */
    static Manifest parse(String where, byte[] json) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JacksonException damage) {
            throw new UserException(where + " is damaged: it is not JSON", damage, Remedy.CONVERT_CHECKPOINT);
        }
        // Another layout may have other fields, so its version is looked at before the rest.
        int version = root.path("layoutVersion").asInt(0);
        if (version != LAYOUT_VERSION) {
            throw new UserException(where + " has layout version " + version + ", this program reads " + LAYOUT_VERSION,
                    Remedy.CONVERT_CHECKPOINT);
        }
        return new ManifestReader(where).read(root);
    }
}
