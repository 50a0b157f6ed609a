package stablediffusion.cli.commands;

import stablediffusion.bench.Json;
import stablediffusion.bench.TuningReport;
import stablediffusion.model.UserException;
import stablediffusion.tornado.Tiles;
import stablediffusion.tornado.TunedTiles;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The file of tile sizes, with how they were found: {@link TunedTiles} reads the sizes, a report the rest. */
public record TuningFile(Path path) {

    /** One device. */
    record Entry(Tiles tiles, TuningReport report) {}

    /** In place of what was there for the device. */
    void put(String device, Tiles tiles, TuningReport report) {
        Map<String, Entry> entries = read();
        entries.put(device, new Entry(tiles, report));
        Json.write(Json.pretty(entries), path);
    }

    /** How the devices here were tuned, the first of them. */
    Optional<TuningReport> report() {
        return read().values().stream().map(Entry::report).findFirst();
    }

    private Map<String, Entry> read() {
        if (!Files.isRegularFile(path)) {
            return new TreeMap<>();
        }
        try {
            return new TreeMap<>(new JsonMapper().readValue(Files.readString(path), new TypeReference<Map<String, Entry>>() {}));
        } catch (JacksonException | IOException broken) {
            throw new UserException("the tile sizes in " + path + " cannot be read; delete the file", broken);
        }
    }
}
