package stablediffusion.tornado.simulator;

/** Reports a mistake in a task or its kernel. The message names the task, the kernel's line, the work-item and the index. */
public final class KernelError extends RuntimeException {

    private static final long serialVersionUID = 1;

    KernelError(String message) {
        super(message);
    }

    KernelError(String message, Throwable cause) {
        super(message, cause);
    }
}
