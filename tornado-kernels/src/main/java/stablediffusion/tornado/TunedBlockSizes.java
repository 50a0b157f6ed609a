package stablediffusion.tornado;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Precision;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The block sizes that {@code sd tune} found to be the best for a device, and what it needs to find them.
 */
public final class TunedBlockSizes {
    private static final JsonMapper JSON = new JsonMapper();

    /** What the file has for each device, by the device's name; more may stand there. */
    public record Entry(BlockSizes blockSizes) {
        public Entry {
            Objects.requireNonNull(blockSizes, "no block sizes, as in files of earlier versions");
        }
    }

    private TunedBlockSizes() {}

    /** @throws UserException where there is a file that cannot be understood */
    static Optional<BlockSizes> read(Path file, String device) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            Map<String, Entry> entries = JSON.readValue(Files.readString(file), new TypeReference<>() {});
            return Optional.ofNullable(entries.get(device)).map(Entry::blockSizes);
        } catch (JacksonException | IOException broken) {
            throw new UserException("the block sizes in " + file + " cannot be read: "
                    + broken.getMessage().lines().findFirst().orElse(""), broken, Remedy.TUNE_AGAIN);
        }
    }

    /** Whether a device is one of TornadoVM's, whose kernels take block sizes. */
    public static boolean tunable(Device device) {
        return TornadoRuntimeFlags.present() && Devices.list().contains(device);
    }

    /** What there is to choose from on a device of TornadoVM. */
    public static BlockSizes.Choices choices(Device device) {
        return Devices.choices(device);
    }

    /** An engine with blocks of these sizes, whatever the file says. */
    public static Engine open(Device device, Optional<Precision> precision, BlockSizes sizes) {
        TornadoRuntimeFlags.require();
        return Devices.open(device, precision, sizes);
    }
}
