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
 * Controls the threads of oneDNN. It computes with OpenMP, which holds their number for each thread that calls it, so the number is set around
 * the calls.
 */
final class OpenMp {
    private static final Optional<Functions> FUNCTIONS;

    static {
        waitPassively();
        FUNCTIONS = find();
    }

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

    /** Loads oneDNN's libraries. Must come before any other use of oneDNN. */
    static void load() {
        // The static initializer does it.
    }

    /**
     * Makes OpenMP's threads sleep while they wait for each other. By default GNU's OpenMP lets them spin for milliseconds: on a machine that
     * does something else, each of oneDNN's many short calls then waits until the scheduler has run through all the spinning threads. OpenMP
     * reads the variable when its library is loaded; one that the user has set stays as it is.
     */
    private static void waitPassively() {
        Linker linker = Linker.nativeLinker();
        linker.defaultLookup().find("setenv").ifPresent(address -> {
            MethodHandle setenv = linker.downcallHandle(
                    address,
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
            try (Arena arena = Arena.ofConfined()) {
                int _ = (int) setenv.invokeExact(arena.allocateFrom("OMP_WAIT_POLICY"), arena.allocateFrom("passive"), 0);
            } catch (Throwable impossible) {
                throw new IllegalStateException(impossible);
            }
        });
    }

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
