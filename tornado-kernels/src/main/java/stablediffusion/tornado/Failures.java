package stablediffusion.tornado;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.DeviceMemoryException;
import stablediffusion.model.graph.Operation;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Turns exceptions of TornadoVM into one line that says what failed, where, and what to do.
 *
 * @param network name for messages
 * @param device name for messages
 * @param operations operation of each task, by the task's full name
 */
record Failures(String network, String device, Map<String, Operation> operations) {

    /**
     * Runs an action and explains its failure.
     *
     * @param deed verb for the message: compile, run
     */
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

    /** Returns a message of TornadoVM without its terminal colours. */
    static String plain(String message) {
        return String.valueOf(message).replaceAll("\u001B\\[[0-9;]*m", "").strip();
    }

    private static boolean isMemory(Throwable failure, String text) {
        return failure.getClass().getSimpleName().contains("Memory") || text.contains("Unable to allocate");
    }

    /** Returns the layer whose task the message names, as a part of a sentence; empty if it names none. */
    private String layer(String text) {
        Optional<String> task = Arrays.stream(text.split("[^A-Za-z0-9.-]+")).filter(operations::containsKey).findFirst();
        return task.map(name -> ", layer " + operations.get(name).output().name() + " (task " + name + ")").orElse("");
    }
}
