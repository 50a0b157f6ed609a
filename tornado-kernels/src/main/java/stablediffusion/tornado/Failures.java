package stablediffusion.tornado;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.DeviceMemoryException;
import stablediffusion.model.graph.Operation;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Turns what TornadoVM throws into one line that says what failed, where, and what to do.
 *
 * @param network for messages
 * @param device for messages
 * @param operations what each task belongs to, by the task's full name
 */
record Failures(String network, String device, Map<String, Operation> operations) {

    /** @param deed what is done to the network: compile, run */
    void explain(String deed, Runnable action) {
        try {
            action.run();
        } catch (UserException | VirtualMachineError known) {
            throw known;
        } catch (RuntimeException | Error failure) {
            throw explained(deed, failure);
        }
    }

    private UserException explained(String deed, Throwable failure) {
        String text = plain(failure.getMessage());
        if (isMemory(failure, text)) {
            return new DeviceMemoryException(
                    network + " does not fit into the memory of " + device
                            + " (or into -Dtornado.device.memory, which ./sd lifts): make a smaller picture",
                    failure,
                    Remedy.COMPUTE_ON_CPU);
        }
        String line = text.lines().findFirst().orElse("");
        String message = "TornadoVM could not " + deed + " " + network + " on " + device + layer(text) + ": "
                + failure.getClass().getSimpleName() + " " + line + "; try another device or driver";
        return new UserException(message, failure, Remedy.COMPUTE_ON_CPU);
    }

    /** What TornadoVM says, without the colours that it has for a terminal. */
    static String plain(String message) {
        return String.valueOf(message).replaceAll("\u001B\\[[0-9;]*m", "").strip();
    }

    private static boolean isMemory(Throwable failure, String text) {
        return failure.getClass().getSimpleName().contains("Memory") || text.contains("Unable to allocate");
    }

    /** The layer whose task the message names, if it names one. */
    private String layer(String text) {
        Optional<String> task = Arrays.stream(text.split("[^A-Za-z0-9.-]+")).filter(operations::containsKey).findFirst();
        return task.map(name -> ", layer " + operations.get(name).output().name() + " (task " + name + ")").orElse("");
    }
}
