package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The tile sizes that {@code sd tune} found to be the best for a device, and what it needs to find them.
 */
public final class TunedTiles {
    private static final JsonMapper JSON = new JsonMapper();

    /** What the file has for each device, by the device's name; more may stand there. */
    public record Entry(Tiles tiles) {}

    private TunedTiles() {}

    /** @throws UserException where there is a file that cannot be understood */
    static Optional<Tiles> read(Path file, String device) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            Map<String, Entry> entries = JSON.readValue(Files.readString(file), new TypeReference<>() {});
            return Optional.ofNullable(entries.get(device)).map(Entry::tiles);
        } catch (JacksonException | IOException broken) {
            throw new UserException("the tile sizes in " + file + " cannot be read: "
                    + broken.getMessage().lines().findFirst().orElse(""), broken, Remedy.TUNE_AGAIN);
        }
    }

    /** Whether a device is one of TornadoVM's, whose kernels take tile sizes. */
    public static boolean tunable(Device device) {
        return TornadoRuntimeFlags.present() && Devices.list().contains(device);
    }

    /** What there is to choose from on a device of TornadoVM. */
    public static Tiles.Choices choices(Device device) {
        return Devices.choices(device);
    }

    /** An engine with tiles of these sizes, whatever the file says. */
    public static Engine open(Device device, Optional<Precision> precision, Tiles tiles) {
        TornadoRuntimeFlags.require();
        return Devices.open(device, precision, tiles);
    }
}
