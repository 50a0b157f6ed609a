package stablediffusion.server;

import stablediffusion.server.http.AccessRules;
import stablediffusion.server.http.Limits;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Holds the settings of a server.
 *
 * @param address to listen to; port 0: any that is free
 * @param model name of the model that is opened first
 * @param maxWaiting number of requests that may wait
 * @param together number of pictures that an engine paints together where so many wait that can be
 * @param saveFolder where pictures are saved if a client asks for it; empty: nowhere
 * @param stopLimit time that pictures which have begun get when the server stops
 */
public record ServerSettings(
        InetSocketAddress address,
        String model,
        AccessRules rules,
        Limits limits,
        int maxWaiting,
        int together,
        Optional<Path> saveFolder,
        Duration stopLimit) {

    /** Returns these settings with another model. */
    public ServerSettings withModel(String name) {
        return new ServerSettings(address, name, rules, limits, maxWaiting, together, saveFolder, stopLimit);
    }
}
