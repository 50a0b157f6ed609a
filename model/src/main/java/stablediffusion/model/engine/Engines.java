package stablediffusion.model.engine;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/**
 * Finds the engines on the class path, and opens one by name.
 */
public final class Engines {
    public static final String AUTO = "auto";
    public static final String CPU = "cpu";

    private record Choice(EngineProvider provider, Device device) {
        boolean isCpu() {
            return device.backend().equals(CPU);
        }

        boolean isGpu() {
            return provider.automatic() && !isCpu();
        }
    }

    /** @param failures of runtimes that are installed but do not start */
    private record Found(List<Choice> choices, List<UserException> failures) {
        void requireAll() {
            failures.forEach(failure -> {
                throw failure;
            });
        }
    }

    private Engines() {}

    /**
     * Returns all devices of all engines: those of TornadoVM, then the CPU, then those that only a name chooses.
     *
     * @throws UserException where a runtime is installed but does not start
     */
    public static List<Device> devices() {
        Found found = find();
        found.requireAll();
        return found.choices.stream().map(Choice::device).toList();
    }

    /** Returns what is known of one of {@link #devices()}, by label; may take a moment, because devices are tried. */
    public static Map<String, String> details(Device device) {
        return find().choices.stream()
                .filter(choice -> choice.device().equals(device))
                .findFirst()
                .map(choice -> choice.provider().details(device))
                .orElse(Map.of());
    }

    /**
     * Opens the engine that a user asked for, and no other.
     *
     * @param backend {@value #AUTO}, a backend ("opencl": its first device) or a device ("opencl:0")
     * @throws UserException where there is no such device, with the names of those that there are; also where a runtime does not start that
     *     could have the device, or that {@value #AUTO} could choose
     */
    public static Engine open(String backend, EngineSettings settings) {
        Choice chosen = choose(backend);
        return chosen.provider().open(chosen.device(), settings);
    }

    /**
     * Checks that there is a device, without opening it.
     *
     * @throws UserException as {@link #open} does
     */
    public static void requireDevice(String backend) {
        choose(backend);
    }

    private static Choice choose(String backend) {
        Found found = find();
        Optional<Choice> choice = found.choices.stream().filter(candidate -> matches(candidate, backend)).findFirst();
        if (choice.isEmpty() || backend.equals(AUTO)) {
            found.requireAll();
        }
        return choice.orElseThrow(() -> new InvalidRequestException(unavailable(backend, found.choices)));
    }

    private static boolean matches(Choice choice, String backend) {
        Device device = choice.device();
        return backend.equals(AUTO) && choice.provider().automatic()
                || backend.equals(device.id())
                || backend.equals(device.backend())
                || choice.provider().answersTo(device, backend);
    }

    private static String unavailable(String backend, List<Choice> choices) {
        String there = choices.stream().map(choice -> choice.device().id()).collect(Collectors.joining(", "));
        boolean tornado = choices.stream().anyMatch(Choice::isGpu);
        return "no device for backend " + backend + "; there is: " + there
                + (tornado ? "" : ". GPU backends need TornadoVM: set TORNADOVM_HOME to an SDK that has " + backend);
    }

    private static Found find() {
        Found found = new Found(new ArrayList<>(), new ArrayList<>());
        for (EngineProvider provider : ServiceLoader.load(EngineProvider.class)) {
            try {
                provider.devices().forEach(device -> found.choices.add(new Choice(provider, device)));
            } catch (UserException failure) {
                found.failures.add(failure);
            }
        }
        found.choices.sort(Comparator.comparing(Choice::isGpu).thenComparing(Choice::isCpu).reversed());
        return found;
    }
}
