package stablediffusion.model.weights;

import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.weights.Manifest.BlobFile;
import stablediffusion.model.weights.Manifest.Defaults;
import stablediffusion.model.weights.Manifest.Entry;
import stablediffusion.model.weights.Manifest.Source;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a manifest from its JSON and checks all of it: no field is missing, every number is one that a model can have, and every tensor lies
 * in its blob. A message names the field that is wrong.
 */
final class ManifestReader {
    /** Dimensions of a convolution's weights. */
    private static final int MAX_DIMENSIONS = 4;

    private final String where;

    ManifestReader(String where) {
        this.where = where;
    }

    Manifest read(JsonNode root) {
        JsonNode source = object(root, "source", "");
        Precision precision = precision(root);
        return new Manifest(
                integer(root, "layoutVersion", ""),
                new Source(text(source, "file", "source."), number(source, "size", "source."), bool(source, "averaged", "source.")),
                text(root, "licence", ""),
                precision,
                configuration(object(root, "configuration", "")),
                defaults(root.path("defaults"), "defaults."),
                blobs(root, precision));
    }

    /** Reads settings that suit a model; a field that is missing or null, and all of them in older manifests, is left to the program. */
    Defaults defaults(JsonNode node, String in) {
        JsonNode sampler = node.path("sampler");
        boolean knownSampler = isAbsent(sampler) || sampler.isString() && Samplers.names().contains(sampler.stringValue());
        if (!knownSampler) {
            throw damaged(in + "sampler", "must be one of " + String.join(", ", Samplers.names()));
        }
        return new Defaults(
                isAbsent(sampler) ? Optional.empty() : Optional.of(sampler.stringValue()),
                guidanceScale(node.path("guidanceScale"), in + "guidanceScale"));
    }

    private Optional<Float> guidanceScale(JsonNode node, String field) {
        if (isAbsent(node)) {
            return Optional.empty();
        }
        // By way of its text, because Jackson refuses to make a float of a number that is none with an exception of its own.
        float scale = node.isNumber() ? Float.parseFloat(node.asString()) : Float.NaN;
        require(Float.isFinite(scale), field, "must be a number");
        return Optional.of(scale);
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private Precision precision(JsonNode root) {
        return switch (text(root, "precision", "")) {
            case "F16" -> Precision.F16;
            case "F32" -> Precision.F32;
            default -> throw damaged("precision", "must be F16 or F32");
        };
    }

    private Configuration configuration(JsonNode node) {
        JsonNode text = object(node, "text", "configuration.");
        JsonNode unet = object(node, "unet", "configuration.");
        JsonNode vae = object(node, "vae", "configuration.");
        String inText = "configuration.text.";
        String inUnet = "configuration.unet.";
        String inVae = "configuration.vae.";
        Configuration configuration = new Configuration(
                new Configuration.Text(
                        integer(text, "width", inText),
                        integer(text, "layers", inText),
                        integer(text, "vocabulary", inText),
                        integer(text, "positions", inText)),
                new Configuration.Unet(
                        integer(unet, "latentChannels", inUnet),
                        integer(unet, "channels", inUnet),
                        integers(unet, "multipliers", inUnet),
                        integer(unet, "residualBlocks", inUnet),
                        booleans(unet, "attentionLevels", inUnet),
                        integer(unet, "contextWidth", inUnet)),
                new Configuration.Vae(
                        integer(vae, "latentChannels", inVae),
                        integer(vae, "channels", inVae),
                        integers(vae, "multipliers", inVae),
                        integer(vae, "residualBlocks", inVae)),
                integer(node, "latentEdge", "configuration."));
        configuration.problem().ifPresent(problem -> {
            throw damaged("configuration." + problem);
        });
        return configuration;
    }

    private List<BlobFile> blobs(JsonNode root, Precision precision) {
        List<BlobFile> blobs = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (JsonNode blob : list(root, "blobs", "")) {
            String in = "blobs[" + blobs.size() + "].";
            long size = number(blob, "size", in);
            long end = 0;
            List<Entry> entries = new ArrayList<>();
            for (JsonNode tensor : list(blob, "tensors", in)) {
                String inTensor = in + "tensors[" + entries.size() + "].";
                Entry entry = entry(tensor, inTensor, size / precision.bytes());
                if (!names.add(entry.name())) {
                    throw damaged(inTensor + "name", "is a name that another tensor has: " + entry.name());
                }
                long byteSize = entry.byteSize(precision);
                if (entry.offset() % Blob.ALIGNMENT != 0 || entry.offset() < end || entry.offset() > size - byteSize) {
                    throw damaged(inTensor + "offset",
                            "must be a multiple of " + Blob.ALIGNMENT + " from " + end + " to " + (size - byteSize)
                                    + ", not " + entry.offset());
                }
                end = entry.offset() + byteSize;
                entries.add(entry);
            }
            blobs.add(new BlobFile(text(blob, "file", in), size, entries));
        }
        return blobs;
    }

    private Entry entry(JsonNode tensor, String in, long room) {
        List<Integer> shape = shape(tensor, "shape", in, room);
        List<Integer> checkpointShape = shape(tensor, "checkpointShape", in, room);
        if (count(shape, room) != count(checkpointShape, room)) {
            throw damaged(in + "checkpointShape", "must have as many numbers as shape");
        }
        return new Entry(text(tensor, "name", in), shape, checkpointShape, number(tensor, "offset", in), text(tensor, "crc32c", in));
    }

    /** Reads a shape of no more numbers than there is room for. */
    private List<Integer> shape(JsonNode tensor, String name, String in, long room) {
        List<Integer> shape = integers(tensor, name, in);
        if (shape.size() > MAX_DIMENSIONS || shape.stream().anyMatch(size -> size < 1) || count(shape, room) > room) {
            throw damaged(in + name,
                    "must be the sizes of at most " + MAX_DIMENSIONS + " dimensions, above 0 and together no more than the "
                            + room + " numbers of the file");
        }
        return shape;
    }

    /** Multiplies positive sizes; stops at the first product above a limit, so that it cannot overflow. */
    private static long count(List<Integer> shape, long limit) {
        long count = 1;
        for (int size : shape) {
            if (count > limit) {
                break;
            }
            count *= size;
        }
        return count;
    }

    private JsonNode object(JsonNode parent, String name, String in) {
        JsonNode node = parent.path(name);
        require(node.isObject(), in + name, "must be an object");
        return node;
    }

    private JsonNode list(JsonNode parent, String name, String in) {
        JsonNode node = parent.path(name);
        require(node.isArray(), in + name, "must be a list");
        return node;
    }

    private String text(JsonNode parent, String name, String in) {
        JsonNode node = parent.path(name);
        require(node.isString(), in + name, "must be a string");
        return node.asString();
    }

    private boolean bool(JsonNode parent, String name, String in) {
        JsonNode node = parent.path(name);
        require(node.isBoolean(), in + name, "must be true or false");
        return node.asBoolean();
    }

    private int integer(JsonNode parent, String name, String in) {
        return integer(parent.path(name), in + name);
    }

    private int integer(JsonNode node, String field) {
        require(node.isIntegralNumber() && node.canConvertToInt(), field, "must be an integer of 32 bits");
        return node.asInt();
    }

    /** Reads a size or an offset. */
    private long number(JsonNode parent, String name, String in) {
        JsonNode node = parent.path(name);
        require(node.isIntegralNumber() && node.canConvertToLong() && node.asLong() >= 0, in + name, "must be an integer, 0 or more");
        return node.asLong();
    }

    private List<Integer> integers(JsonNode parent, String name, String in) {
        List<Integer> integers = new ArrayList<>();
        for (JsonNode item : list(parent, name, in)) {
            integers.add(integer(item, in + name));
        }
        return integers;
    }

    private List<Boolean> booleans(JsonNode parent, String name, String in) {
        List<Boolean> booleans = new ArrayList<>();
        for (JsonNode item : list(parent, name, in)) {
            require(item.isBoolean(), in + name, "must be a list of true and false");
            booleans.add(item.asBoolean());
        }
        return booleans;
    }

    private void require(boolean condition, String field, String must) {
        if (!condition) {
            throw damaged(field, must);
        }
    }

    private UserException damaged(String field, String must) {
        return damaged(field + " " + must);
    }

    private UserException damaged(String what) {
        return new UserException(where + " is damaged: " + what, Remedy.CONVERT_CHECKPOINT);
    }
}
