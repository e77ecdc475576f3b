import { describeClients } from './clients-table.ts';

describeClients('tls');
