package stablediffusion.cpu;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Sets the number of threads of oneDNN. It computes with OpenMP, which holds that number for each thread that calls it, so it is set around
 * the calls.
 */
final class OpenMp {
    private static final Optional<Functions> FUNCTIONS = find();

    private record Functions(MethodHandle getMaxThreads, MethodHandle setNumThreads) {
        int current() {
            try {
                return (int) getMaxThreads.invokeExact();
            } catch (Throwable impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        void set(int threads) {
            try {
                setNumThreads.invokeExact(threads);
            } catch (Throwable impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    /** Ends a limit. */
    interface Limit extends AutoCloseable {
        @Override
        void close();
    }

    private OpenMp() {}

    /** Looks in the library that oneDNN computes with: a process may have several OpenMP libraries, each with a number of its own. */
    private static Optional<Functions> find() {
        Linker linker = Linker.nativeLinker();
        SymbolLookup library = SymbolLookup.libraryLookup(Path.of(Loader.load(dnnl.class)), Arena.global());
        return library.find("omp_get_max_threads").flatMap(get -> library.find("omp_set_num_threads").map(set -> new Functions(
                linker.downcallHandle(get, FunctionDescriptor.of(ValueLayout.JAVA_INT)),
                linker.downcallHandle(set, FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT)))));
    }

    /** Returns whether {@link #limit} has an effect: not where the library hides the functions of its OpenMP. */
    static boolean canLimit() {
        return FUNCTIONS.isPresent();
    }

    /** Sets the number of threads of all calls that this thread makes, until the limit is closed on the same thread. */
    static Limit limit(int threads) {
        return FUNCTIONS.map(functions -> {
            int before = functions.current();
            functions.set(threads);
            return (Limit) () -> functions.set(before);
        }).orElse(() -> {});
    }
}
