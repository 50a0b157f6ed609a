package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.exceptions.TornadoTaskRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Records the tasks and transfers of a task graph. */
public final class GraphRecording {

    /** Size of the buffer into which the runtime writes a graph, in bytes. */
    private static final int GRAPH_BYTES = 8192;
    /** Bytes that a task takes in that buffer, without its arguments. */
    private static final int TASK_BYTES = 15;
    /** Bytes that an argument of a task takes in that buffer. */
    private static final int ARGUMENT_BYTES = 5;

    record Task(String name, Object code, Object[] arguments) {}

    private final String name;
    private final List<Task> tasks = new ArrayList<>();
    private final Map<TornadoNativeArray, Integer> toDevice = new IdentityHashMap<>();
    private final Map<TornadoNativeArray, Integer> toHost = new IdentityHashMap<>();
    private final Map<TornadoNativeArray, String> consumed = new IdentityHashMap<>();
    private int bytes;

    public GraphRecording(String name) {
        this.name = name;
    }

    public String name() {
        return name;
    }

    public void task(String id, Object code, Object... arguments) {
        String task = name + "." + id;
        if (tasks.stream().anyMatch(other -> other.name().equals(task))) {
            throw new TornadoTaskRuntimeException("task " + task + " is there already: names within a graph must differ");
        }
        Set<Object> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < arguments.length; i++) {
            Object argument = arguments[i];
            if (argument == null) {
                throw new KernelError("task " + task + ": argument " + (i + 1) + " is null");
            }
            if (argument instanceof Boolean) {
                throw new KernelError("task " + task + ": argument " + (i + 1) + " is a boolean, which no kernel can take: use an int");
            }
            if (argument instanceof TornadoNativeArray && !arrays.add(argument)) {
                throw new KernelError("task " + task + ": argument " + (i + 1) + " is an array that the task already has");
            }
        }
        bytes += TASK_BYTES + ARGUMENT_BYTES * arguments.length;
        if (bytes > GRAPH_BYTES) {
            throw new KernelError("task graph " + name + " overflows with task " + id + ": " + bytes + " of " + GRAPH_BYTES
                    + " bytes (a task takes " + TASK_BYTES + " and " + ARGUMENT_BYTES
                    + " for each argument); split it into several graphs");
        }
        tasks.add(new Task(task, code, arguments));
    }

    public void transferToDevice(int mode, Object... objects) {
        for (Object object : objects) {
            if (!(object instanceof Number)) {
                toDevice.put(array(object), checked(mode));
            }
        }
    }

    public void transferToHost(int mode, Object... objects) {
        for (Object object : objects) {
            toHost.put(array(object), checked(mode));
        }
    }

    public void persist(Object... objects) {
        transferToHost(DataTransferMode.UNDER_DEMAND, objects);
    }

    public void consume(String source, Object... objects) {
        for (Object object : objects) {
            consumed.put(array(object), source);
        }
    }

    public GraphRecording copy() {
        GraphRecording copy = new GraphRecording(name);
        copy.tasks.addAll(tasks);
        copy.toDevice.putAll(toDevice);
        copy.toHost.putAll(toHost);
        copy.consumed.putAll(consumed);
        return copy;
    }

    List<Task> tasks() {
        return tasks;
    }

    Map<TornadoNativeArray, Integer> toDevice() {
        return toDevice;
    }

    Map<TornadoNativeArray, Integer> toHost() {
        return toHost;
    }

    /** Returns the arrays that come from the graph executed before, each with the name of the graph from which it is expected. */
    Map<TornadoNativeArray, String> consumed() {
        return consumed;
    }

    /** Returns true if the next graph can consume the array: this one persists it, or has consumed it itself. */
    boolean keeps(TornadoNativeArray array) {
        return toHost.getOrDefault(array, -1) == DataTransferMode.UNDER_DEMAND || consumed.containsKey(array);
    }

    private TornadoNativeArray array(Object object) {
        if (object instanceof TornadoNativeArray array) {
            return array;
        }
        throw new TornadoRuntimeException("task graph " + name + ": only arrays of the API can be transferred, not " + object);
    }

    private int checked(int mode) {
        if (mode < DataTransferMode.FIRST_EXECUTION || mode > DataTransferMode.UNDER_DEMAND) {
            throw new TornadoRuntimeException("task graph " + name + ": there is no transfer mode " + mode);
        }
        return mode;
    }
}
