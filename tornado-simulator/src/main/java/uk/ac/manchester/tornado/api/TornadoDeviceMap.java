package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Lists the backends of the runtime. */
public class TornadoDeviceMap {

    private final TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();

    public TornadoDeviceMap() {}

    public int getNumBackends() {
        return runtime.getNumBackends();
    }

    public List<TornadoBackend> getAllBackends() {
        return IntStream.range(0, runtime.getNumBackends()).mapToObj(runtime::getBackend).toList();
    }

    public List<TornadoBackend> getBackendsWithPredicate(Predicate<? super TornadoBackend> predicate) {
        return getAllBackends().stream().filter(predicate).toList();
    }
}
