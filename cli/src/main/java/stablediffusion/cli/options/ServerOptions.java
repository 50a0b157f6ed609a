package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.model.FileFailure;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;
import stablediffusion.server.ServerSettings;
import stablediffusion.server.http.AccessRules;
import stablediffusion.server.http.Limits;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Options of the server: where it listens, who may ask, and how much. */
public final class ServerOptions {
    private static final Pattern ADDRESS = Pattern.compile("(?:(.+):)?(\\d{1,5})");
    private static final int MOST_PORT = 65535;
    private static final String LOOPBACK = "127.0.0.1";

    @Option(
            names = "--listen",
            paramLabel = "[HOST:]PORT",
            defaultValue = "127.0.0.1:7860",
            description = "Where to listen. Beyond this machine, as with 0.0.0.0:7860, a key or --no-auth is needed. Default: ${DEFAULT-VALUE}.")
    private String listen;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description = "The key that requests must bring (Authorization: Bearer KEY). Other users of this machine see it in the list of "
                    + "processes; --api-key-file hides it.")
    private Optional<String> key = Optional.empty();

    @Option(names = "--api-key-file", paramLabel = "FILE", description = "Read the key from the first line of a file.")
    private Optional<Path> keyFile = Optional.empty();

    @Option(names = "--no-auth", description = "Listen beyond this machine without a key: whoever reaches the port may paint.")
    private boolean noAuth;

    @Option(
            names = "--allow-host",
            paramLabel = "NAME",
            description = "A name, other than localhost, by which browsers reach this server. Repeat for several.")
    private List<String> hosts = new ArrayList<>();

    @Option(
            names = "--cors",
            paramLabel = "ORIGIN",
            description = "A web site whose pages may ask, as https://example.org. Repeat for several. Default: none but this server's own page.")
    private List<String> origins = new ArrayList<>();

    @Option(
            names = "--max-queue",
            paramLabel = "N",
            defaultValue = "100",
            description = "Number of requests that may wait; further ones are told to come again later. Default: ${DEFAULT-VALUE}.")
    private int maxQueue;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            defaultValue = "1",
            description = "Number of pictures that are painted together, of one client or several, where so many of the same size and settings "
                    + "wait; their prompts may differ. That can be faster: sd generate -b 8 --batch-size N --json measures it. Pictures "
                    + "are then those that are painted alone up to rounding. Default: ${DEFAULT-VALUE}.")
    private int together;

    @Option(
            names = "--max-pixels",
            paramLabel = "N",
            description = "Width times height that a request may ask for. Default: 2048 times 2048.")
    private Optional<Integer> maxPixels = Optional.empty();

    @Option(names = "--max-steps", paramLabel = "N", description = "Denoising steps that a request may ask for. Default: 200.")
    private Optional<Integer> maxSteps = Optional.empty();

    @Option(
            names = "--save-dir",
            paramLabel = "DIR",
            description = "Where pictures are saved if a request says save_images. Default: nowhere.")
    private Optional<Path> saveFolder = Optional.empty();

    @Option(
            names = "--stop-limit",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "Time that pictures which have begun get when the server is told to stop. Default: ${DEFAULT-VALUE}.")
    private int stopLimit;

    @Option(names = "--log-format", paramLabel = "text|json", defaultValue = "text",
            description = "Form of the access log on the standard error output: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private LogFormat logFormat;

    /** Names forms of the log as users type them. */
    public enum LogFormat {
        text,
        json
    }

    public LogFormat logFormat() {
        return logFormat;
    }

    /**
     * Checks the options before anything slow begins.
     *
     * @return the settings, whose model has no name yet
     * @throws InvalidRequestException if one is wrong, or the server would be open to all without being told to
     * @throws UserException if the file of the key cannot be read
     */
    public ServerSettings settings() {
        InetSocketAddress address = address();
        requirePositive("--max-queue", maxQueue);
        requirePositive("--batch-size", together);
        maxPixels.ifPresent(value -> requirePositive("--max-pixels", value));
        maxSteps.ifPresent(value -> requirePositive("--max-steps", value));
        if (stopLimit < 0) {
            throw new InvalidRequestException("--stop-limit " + stopLimit + " is below 0");
        }
        Limits limits = Limits.DEFAULT;
        limits = maxPixels.map(limits::withPixels).orElse(limits);
        limits = maxSteps.map(limits::withSteps).orElse(limits);
        return new ServerSettings(address, "", rules(address), limits, maxQueue, together, saveFolder, Duration.ofSeconds(stopLimit));
    }

    private static void requirePositive(String option, int value) {
        if (value < 1) {
            throw new InvalidRequestException(option + " " + value + " is below 1");
        }
    }

    private InetSocketAddress address() {
        Matcher parts = ADDRESS.matcher(listen);
        if (!parts.matches() || Integer.parseInt(parts.group(2)) > MOST_PORT) {
            throw new InvalidRequestException("--listen " + listen + " is no address: write HOST:PORT, as 127.0.0.1:7860");
        }
        try {
            InetAddress host = InetAddress.getAllByName(parts.group(1) == null ? LOOPBACK : parts.group(1))[0];
            return new InetSocketAddress(host, Integer.parseInt(parts.group(2)));
        } catch (UnknownHostException unknown) {
            throw new InvalidRequestException("--listen " + listen + ": there is no host " + parts.group(1), unknown);
        }
    }

    private AccessRules rules(InetSocketAddress address) {
        if (key.isPresent() && keyFile.isPresent()) {
            throw new InvalidRequestException("--api-key and --api-key-file exclude each other");
        }
        Optional<String> secret = key.or(() -> keyFile.map(ServerOptions::readKey));
        if (secret.filter(String::isBlank).isPresent()) {
            throw new InvalidRequestException("the key is empty");
        }
        if (secret.isPresent() && noAuth) {
            throw new InvalidRequestException("--no-auth and a key exclude each other");
        }
        if (secret.isEmpty() && !noAuth && !address.getAddress().isLoopbackAddress()) {
            throw new InvalidRequestException(
                    "--listen " + listen + " is reached from other machines: set --api-key-file FILE, or say --no-auth");
        }
        Set<String> names = hosts.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
        return new AccessRules(secret, names, Set.copyOf(origins));
    }

    private static String readKey(Path file) {
        try {
            return Files.readAllLines(file).stream().findFirst().orElse("").strip();
        } catch (IOException e) {
            throw new UserException("cannot read the key in " + file + ": " + FileFailure.reason(e), e);
        }
    }
}
